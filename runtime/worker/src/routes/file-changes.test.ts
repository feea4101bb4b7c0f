import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import { filesOf, withOutside } from "../testing/files-place.ts";
import { problem, withWorker } from "../testing/worker-scene.ts";

const scene = withWorker({ JOB_SLOTS: "50", FILE_LIMIT_MB: "2", TRASH_DAYS: "7" });
const outside = withOutside();
const { running, parts } = scene;

test("[F1] a file is written with the folders on its way, replaced whole, and keeps its mode", async () => {
  const { workspace, files } = await running();
  const made = await files.put("src/deep/run.sh", "one");
  expect([made.status, await made.json()]).toEqual([
    201,
    { path: "src/deep/run.sh", name: "run.sh", type: "file", sizeBytes: 3, modifiedAt: expect.any(String) },
  ]);
  execFileSync("chmod", ["755", join(workspace, "src/deep/run.sh")]);
  expect((await files.put("/src//deep/run.sh", "second")).status).toBe(200);
  expect(await readFile(join(workspace, "src/deep/run.sh"), "utf8")).toBe("second");
  const found = await stat(join(workspace, "src/deep/run.sh"));
  expect([found.mode & 0o777, found.uid, (await stat(join(workspace, "src/deep"))).uid]).toEqual([0o755, 1_000, 1_000]);
  expect((await files.put("empty", "")).status).toBe(201);
  expect(await (await files.read("empty")).text()).toBe("");
  expect(await parts()).toEqual([]);
});

test("[F1] a reader in the job sees the old file or the new one, never a part", async () => {
  const { workspace, files } = await running();
  const texts = ["a".repeat(400_000), "b".repeat(500_000)];
  await files.put("page", texts[0] ?? "");
  const reading = new AbortController();
  const seen = new Set<string>();
  const reader = (async () => {
    while (!reading.signal.aborted)
      seen.add(
        createHash("sha256")
          .update(await readFile(join(workspace, "page")))
          .digest("hex"),
      );
  })();
  for (let round = 0; round < 20; round++) expect((await files.put("page", texts[round % 2] ?? "")).status).toBe(200);
  reading.abort();
  await reader;
  const known = texts.map((text) => createHash("sha256").update(text).digest("hex"));
  expect([...seen].filter((hash) => !known.includes(hash))).toEqual([]);
});

test("files are uploaded before a job has started, and are there when it does", async () => {
  scene.place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  const { id } = await scene.worker.post();
  expect((await filesOf(scene.worker, id).put("early.txt", "early")).status).toBe(201);
  scene.place.manager.intercept = () => undefined;
  await until("the container", () => scene.place.manager.containers.has(`job-${id}-1`));
  expect(await (await filesOf(scene.worker, id).read("early.txt")).text()).toBe("early");
});

test("a folder is made with its parents, and nothing that is there is replaced by a new folder or a new name", async () => {
  const { workspace, files } = await running();
  expect((await files.folder("a/b/c")).status).toBe(201);
  expect(await problem(await files.folder("a/b/c"))).toMatchObject({ status: 409, code: "file.exists" });
  await writeFile(join(workspace, "x"), "x");
  await writeFile(join(workspace, "y"), "y");
  expect(await problem(await files.rename("x", "y"))).toMatchObject({ status: 409, code: "file.exists" });
  expect(await problem(await files.rename("x", "a"))).toMatchObject({ status: 409, code: "file.exists" });
  expect(await problem(await files.put("a", "a file"))).toMatchObject({ status: 400, code: "file.not-a-file" });
  expect(await problem(await files.put("x/below", "z"))).toMatchObject({ status: 400, code: "file.not-a-directory" });
  expect(await problem(await files.rename("a", "a/b/a"))).toMatchObject({ status: 400, code: "file.bad-path" });
  expect(await problem(await files.rename("nothing", "z"))).toMatchObject({ status: 404, code: "file.unknown", detail: expect.stringContaining("nothing") });
  expect(await (await files.rename("x", "new/place/x")).json()).toMatchObject({ path: "new/place/x", name: "x" });
  expect(await readFile(join(workspace, "y"), "utf8")).toBe("y");
});

test("[F2] what was deleted is brought back whole, once, and not over something else", async () => {
  const { id, workspace, files } = await running();
  await mkdir(join(workspace, "folder/deep"), { recursive: true });
  await writeFile(join(workspace, "folder/deep/file"), "kept");
  const { undo } = (await (await files.delete("folder")).json()) as { undo: string };
  expect(await readdir(workspace)).toEqual([]);
  expect((await readdir(join(scene.place.jobsDir, id, "trash"))).length).toBe(1);
  await writeFile(join(workspace, "folder"), "in the way");
  expect(await problem(await files.undo(undo))).toMatchObject({ status: 409, code: "file.exists" });
  await rm(join(workspace, "folder"));
  expect((await files.undo(undo)).status).toBe(200);
  expect(await readFile(join(workspace, "folder/deep/file"), "utf8")).toBe("kept");
  expect(await problem(await files.undo(undo))).toMatchObject({ status: 404, code: "file.undo-unknown" });
  const other = await running();
  const { undo: foreign } = (await (await files.delete("folder")).json()) as { undo: string };
  expect(await problem(await other.files.undo(foreign))).toMatchObject({ status: 404, code: "file.undo-unknown" });
  for (const path of ["/", "folder/.."]) expect(await problem(await files.delete(path))).toMatchObject({ status: 400, code: "file.bad-path" });
});

test("[F2] trash is deleted for good after its days, and a symlink in it leads the sweep nowhere", async () => {
  const { id, workspace, files } = await running();
  await mkdir(join(workspace, "locked/inner"), { recursive: true });
  await symlink(outside.folder, join(workspace, "locked/inner/out"));
  await symlink(outside.folder, join(workspace, "link"));
  await files.delete("locked");
  await files.delete("link");
  execFileSync("chmod", ["-R", "a-w", join(scene.place.jobsDir, id, "trash")]);
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: scene.database.url });
  await client.connect();
  await client.query("update file_trash set deleted_at = now() - interval '8 days' where job_id = $1", [id]);
  await until("the trash to be empty", async () => (await readdir(join(scene.place.jobsDir, id, "trash"))).length === 0);
  // The row goes last, so that a sweep that is killed is done again.
  await until("its rows to be gone", async () => (await client.query("select from file_trash where job_id = $1", [id])).rowCount === 0);
  await client.end();
  await outside.unharmed();
});

test.each([
  { what: "an upload to nowhere", method: "PUT", path: "content", code: "request.invalid" },
  { what: "a number for a path", method: "POST", path: "folder", body: { path: 1 }, code: "request.invalid" },
  { what: "broken JSON", method: "POST", path: "folder", body: "{", code: "request.not-json" },
  { what: "a new name that is missing", method: "POST", path: "rename", body: { from: "a" }, code: "request.invalid" },
  { what: "an unknown field", method: "POST", path: "rename", body: { from: "a", to: "b", more: 1 }, code: "request.invalid" },
  { what: "an undo that is a path", method: "POST", path: "undo", body: { undo: "../../x" }, code: "request.invalid" },
  { what: "an oversized body", method: "POST", path: "folder", body: { path: "x".repeat(30_000) }, status: 413, code: "request.too-large" },
])("$what is answered as a problem, and so is a job that is not there", async ({ method, path, body, status = 400, code }) => {
  const { id } = await running();
  expect(await problem(await scene.worker.call(method, `/api/jobs/${id}/files/${path}`, body))).toMatchObject({ status, code });
  const unknown = await scene.worker.call("DELETE", "/api/jobs/0193a1b2-0000-7000-8000-00000000dead/files?path=x");
  expect(await problem(unknown)).toMatchObject({ status: 404, code: "job.unknown" });
});
