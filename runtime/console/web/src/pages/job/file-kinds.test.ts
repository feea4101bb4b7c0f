import { expect, test } from "@jest/globals";
import { previewKind, resolvePath } from "./file-kinds.ts";

test.each([
  ["shot.PNG", "image"],
  ["README.md", "markdown"],
  ["Makefile", "text"],
  [".env", "text"],
  ["a.tar.gz", "none"],
  ["index.html", "text"],
])("%s is shown as %s", (name, kind) => expect(previewKind(name)).toBe(kind));

test.each([
  ["docs/guide.md", "img/a.png", "docs/img/a.png"],
  ["docs/guide.md", "../a%20b.png?x#y", "a b.png"],
  ["docs/guide.md", "/a.png", "a.png"],
  ["guide.md", "../../etc/passwd", undefined],
  ["guide.md", "https://example.com/a.png", undefined],
  ["guide.md", "//example.com/a.png", undefined],
  ["guide.md", "javascript:alert(1)", undefined],
  ["guide.md", "data:image/png;base64,AA", undefined],
  ["guide.md", "%E0%A4%A", "%E0%A4%A"],
  ["guide.md", "", undefined],
])("from %s, %s means %s", (file, address, path) => expect(resolvePath(file, address)).toBe(path));
