import { expect, test } from "@jest/globals";
import { countChanges } from "./diff.ts";
import { readPatch } from "./patch.ts";

/** Written by git 2.39: `git diff --cached -M` of changes, a new file, a removal, a rename, a name that is quoted, and lines without an end. */
const patch = [
  "diff --git a/a b.txt b/a b.txt",
  "index 7fc45da..dac2a35 100644",
  "--- a/a b.txt\t",
  "+++ b/a b.txt\t",
  "@@ -1,7 +1,7 @@",
  " line 0",
  " line 1",
  " line 2",
  "-line 3",
  "+changed 3",
  " line 4",
  " line 5",
  " line 6",
  "@@ -28,7 +28,7 @@ line 26",
  " line 27",
  " line 28",
  " line 29",
  "-line 30",
  "+changed 30",
  " line 31",
  " line 32",
  " line 33",
  "diff --git a/fresh.md b/fresh.md",
  "new file mode 100644",
  "index 0000000..ceae17c",
  "--- /dev/null",
  "+++ b/fresh.md",
  "@@ -0,0 +1 @@",
  "++++ looks like a header",
  "diff --git a/gone.sql b/gone.sql",
  "deleted file mode 100644",
  "index 6fc90f3..0000000",
  "--- a/gone.sql",
  "+++ /dev/null",
  "@@ -1,2 +0,0 @@",
  "--- a comment",
  "-select 1;",
  "diff --git a/old name.ts b/new name.ts",
  "similarity index 66%",
  "rename from old name.ts",
  "rename to new name.ts",
  "index b2f931a..a2ac678 100644",
  "--- a/old name.ts\t",
  "+++ b/new name.ts\t",
  "@@ -1,5 +1,5 @@",
  " one",
  " two",
  "-three",
  "+++ three",
  " four",
  " five",
  'diff --git "a/\\303\\274ber.txt" "b/\\303\\274ber.txt"',
  "index c1b0730..e25f181 100644",
  '--- "a/\\303\\274ber.txt"',
  '+++ "b/\\303\\274ber.txt"',
  "@@ -1 +1 @@",
  "-x",
  "\\ No newline at end of file",
  "+y",
  "\\ No newline at end of file",
  "",
].join("\n");

test("what git writes of changes, removals, renames, odd names and missing newlines is read file by file", () => {
  const files = readPatch(patch);
  expect(files.map(({ path, lines }) => [path, countChanges(lines)])).toEqual([
    ["a b.txt", { added: 2, removed: 2 }],
    ["fresh.md", { added: 1, removed: 0 }],
    ["gone.sql", { added: 0, removed: 2 }],
    ["new name.ts", { added: 1, removed: 1 }],
    ["über.txt", { added: 1, removed: 1 }],
  ]);
  expect(files[0]?.lines.filter(({ kind }) => kind === "gap")).toHaveLength(1);
  expect(files[2]?.lines[0]).toMatchObject({ kind: "removed", text: "-- a comment", before: 1 });
});

test("text that is no patch gives no files", () => {
  expect(readPatch("")).toEqual([]);
  expect(readPatch("@@ -1 +1 @@\n-a\n+b\n")).toEqual([]);
});
