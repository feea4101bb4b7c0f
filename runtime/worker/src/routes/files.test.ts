import { execFileSync } from "node:child_process";
import { chmod, mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { problem, withWorker } from "../testing/worker-scene.ts";
import { withOutside } from "../testing/files-place.ts";

const scene = withWorker({ JOB_SLOTS: "40" });
const outside = withOutside();
const { running, finish } = scene;

const content = (id: string, path: string) => scene.worker.call("GET", `/api/jobs/${id}/files/content?path=${encodeURIComponent(path)}`);

test("[W15] a workspace is listed, directories first, and its files are shown", async () => {
  const { id, workspace } = await running();
  await mkdir(join(workspace, "src"), { recursive: true });
  await writeFile(join(workspace, "src", "größe 1.txt"), "ü");
  await writeFile(join(workspace, "a.md"), "# hi");
  await symlink("src", join(workspace, "link"));
  const listing = (await (await scene.worker.call("GET", `/api/jobs/${id}/files`)).json()) as { path: string; entries: object[]; truncated: boolean };
  expect(listing).toMatchObject({
    path: "",
    truncated: false,
    entries: [
      { name: "src", type: "directory" },
      { name: "a.md", type: "file", sizeBytes: 4, modifiedAt: expect.stringMatching(/Z$/) },
      { name: "link", type: "symlink" },
    ],
  });
  expect(await (await scene.worker.call("GET", `/api/jobs/${id}/files?path=src`)).json()).toMatchObject({ path: "src", entries: [{ name: "größe 1.txt" }] });
  const shown = await content(id, "src/größe 1.txt");
  expect([await shown.text(), shown.headers.get("content-type"), shown.headers.get("content-disposition")]).toEqual([
    "ü",
    "text/plain; charset=utf-8",
    `inline; filename="gr__e 1.txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe%201.txt`,
  ]);
  expect(await (await content(id, "link/größe 1.txt")).text()).toBe("ü");
});

test("[W15] a directory with very many files is listed in part and says so", async () => {
  const { id, workspace } = await running();
  await Promise.all(Array.from({ length: 1_100 }, (_, number) => writeFile(join(workspace, `${number}`), "")));
  const listing = (await (await scene.worker.call("GET", `/api/jobs/${id}/files`)).json()) as { entries: object[]; truncated: boolean };
  expect([listing.entries.length, listing.truncated]).toEqual([1_000, true]);
});

test.each([
  { path: "../input/prompt-1.txt", code: "file.outside" },
  { path: "../../../../../../../../etc/passwd", code: "file.outside" },
  { path: "a/../../input", code: "file.outside" },
  { path: "to-file", code: "file.outside" },
  { path: "to-folder/secret.txt", code: "file.outside" },
  { path: "chain", code: "file.outside" },
  { path: "to-claude", code: "file.outside" },
  { path: "loop", code: "file.outside" },
  { path: "dangling", code: "file.unknown" },
  { path: "nothing", code: "file.unknown" },
  { path: "x".repeat(300), code: "file.unknown" },
  { path: "plain.txt/x", code: "file.not-a-directory" },
  { path: "folder", code: "file.not-a-file" },
  { path: ".", code: "file.not-a-file" },
  { path: "pipe", code: "file.not-a-file" },
])("[W15] the content of $path is refused with $code", async ({ path, code }) => {
  const { id, workspace, name } = await running();
  await mkdir(join(workspace, "folder"));
  await writeFile(join(workspace, "plain.txt"), "plain");
  await symlink(join(outside.folder, "secret.txt"), join(workspace, "to-file"));
  await symlink(outside.folder, join(workspace, "to-folder"));
  await symlink("to-folder/secret.txt", join(workspace, "chain"));
  await symlink("../claude", join(workspace, "to-claude"));
  await symlink("loop", join(workspace, "loop"));
  await symlink("missing", join(workspace, "dangling"));
  execFileSync("mkfifo", [join(workspace, "pipe")]);
  expect(await problem(await content(id, path))).toMatchObject({ code });
  finish(name);
});

test("[W15] a path with a NUL character is refused", async () => {
  const { id, name } = await running();
  expect(await problem(await content(id, "a\0b"))).toMatchObject({ code: "request.invalid" });
  finish(name);
});

test("[W15] an absolute path is read as one inside the workspace", async () => {
  const { id, workspace, name } = await running();
  await mkdir(join(workspace, "etc"));
  await writeFile(join(workspace, "etc", "passwd"), "mine");
  expect(await (await content(id, "/etc/passwd")).text()).toBe("mine");
  expect(await problem(await scene.worker.call("GET", `/api/jobs/${id}/files?path=${encodeURIComponent("/../..")}`))).toMatchObject({ code: "file.outside" });
  finish(name);
});

test("[W15] a job that keeps exchanging a folder for a symlink never gets a file of the outside shown", async () => {
  const { id, workspace, name } = await running();
  await mkdir(join(workspace, "real"));
  await writeFile(join(workspace, "real", "secret.txt"), "inside");
  await symlink(outside.folder, join(workspace, "evil"));
  const over = new AbortController();
  const swapping = (async () => {
    while (!over.signal.aborted) {
      await rename(join(workspace, "real"), join(workspace, "folder"));
      await rename(join(workspace, "folder"), join(workspace, "real"));
      await rename(join(workspace, "evil"), join(workspace, "folder"));
      await rename(join(workspace, "folder"), join(workspace, "evil"));
    }
  })();
  const texts = new Set<string>();
  for (let round = 0; round < 150; round++) texts.add(await (await content(id, "folder/secret.txt")).text());
  over.abort();
  await swapping;
  expect(texts).not.toContain("secret");
  finish(name);
});

test("[W15] what a browser would run is only downloaded, under headers that run nothing", async () => {
  const { id, workspace, name } = await running();
  const files = {
    "page.html": "<script>alert(1)</script>",
    "picture.svg": "<svg onload='alert(1)'/>",
    "data.bin": "a\0b",
    "latin.txt": Buffer.from([0xe4]),
    "pixel.png": "png",
    Makefile: "all:",
  };
  for (const [file, text] of Object.entries(files)) await writeFile(join(workspace, file), text);
  const shown = await Promise.all(
    Object.keys(files).map(async (file) => {
      const { headers } = await content(id, file);
      expect([headers.get("x-content-type-options"), headers.get("content-security-policy")]).toEqual(["nosniff", "default-src 'none'; sandbox"]);
      return [headers.get("content-type"), headers.get("content-disposition")?.split(";")[0]];
    }),
  );
  expect(shown).toEqual([
    ["application/octet-stream", "attachment"],
    ["application/octet-stream", "attachment"],
    ["application/octet-stream", "attachment"],
    ["application/octet-stream", "attachment"],
    ["image/png", "inline"],
    ["text/plain; charset=utf-8", "inline"],
  ]);
  finish(name);
});

test("a large file is sent whole, an empty one too, and a reader who leaves costs nothing", async () => {
  const { id, workspace, name } = await running();
  await writeFile(join(workspace, "large"), Buffer.alloc(20_000_000, "x"));
  await writeFile(join(workspace, "empty"), "");
  expect((await (await content(id, "large")).arrayBuffer()).byteLength).toBe(20_000_000);
  expect((await content(id, "empty")).headers.get("content-length")).toBe("0");
  await new Promise<void>((resolve) => {
    const leaving = httpRequest(
      `${scene.worker.url}/api/jobs/${id}/files/content?path=large`,
      { headers: { authorization: "Bearer worker-token" } },
      (response) => response.once("data", () => leaving.destroy()).once("close", () => resolve()),
    );
    leaving.end();
  });
  expect((await scene.worker.call("GET", "/health")).status).toBe(200);
  finish(name);
});

test("the files of a job that was not started yet are none", async () => {
  scene.place.manager.intercept = (call) => (call.startsWith("GET") ? 503 : undefined);
  const { id } = await scene.worker.post();
  expect(await (await scene.worker.call("GET", `/api/jobs/${id}/files`)).json()).toEqual({ path: "", entries: [], truncated: false });
  await scene.worker.call("POST", `/api/jobs/${id}/cancel`);
  scene.place.manager.intercept = () => undefined;
});

test("a file that the worker may not read is refused by name", async () => {
  const { id, workspace, name } = await running();
  await writeFile(join(workspace, "closed"), "x");
  await chmod(join(workspace, "closed"), 0);
  const answer = await content(id, "closed");
  // Root reads everything; the worker of a home is uid 1000.
  if (process.getuid?.() === 0) expect(answer.status).toBe(200);
  else expect(await problem(answer)).toMatchObject({ status: 403, code: "file.unreadable" });
  finish(name);
});
