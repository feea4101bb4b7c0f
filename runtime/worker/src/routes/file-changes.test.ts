import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { until } from "../../../../tests/support/until.ts";
import { filesOf, makeOutside } from "../testing/files-place.ts";
import { WorkerPlace, type RunningWorker } from "../testing/worker-place.ts";

let database: TestDatabase;
let place: WorkerPlace;
let worker: RunningWorker;
let outside: Awaited<ReturnType<typeof makeOutside>>;

beforeAll(async () => {
  database = await createTestDatabase();
  place = new WorkerPlace(database.url);
  await place.start();
  worker = await place.worker({ JOB_SLOTS: "50", FILE_LIMIT_MB: "2", TRASH_DAYS: "7" });
  await until("the worker to be ready", async () => (await worker.call("GET", "/health/ready")).ok);
  outside = await makeOutside();
});
afterAll(async () => {
  await place.stop();
  await database.drop();
  await outside.remove();
});

const problem = async (response: Response) => ({ status: response.status, ...((await response.json()) as { code: string; detail: string }) });
const running = async () => {
  const { id } = await worker.post();
  await until("the container", () => place.manager.containers.has(`job-${id}-1`));
  return { id, workspace: join(place.jobsDir, id, "workspace"), files: filesOf(worker, id) };
};
const parts = async () => (await readdir(join(place.jobsDir, "uploads")).catch(() => [])).filter((name) => name.endsWith(".part"));
const unharmed = async () => {
  expect(await readdir(outside.folder)).toEqual(["secret.txt"]);
  expect(await readFile(join(outside.folder, "secret.txt"), "utf8")).toBe("secret");
};

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
  place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  const { id } = await worker.post();
  expect((await filesOf(worker, id).put("early.txt", "early")).status).toBe(201);
  place.manager.intercept = () => undefined;
  await until("the container", () => place.manager.containers.has(`job-${id}-1`));
  expect(await (await filesOf(worker, id).read("early.txt")).text()).toBe("early");
});

const names = {
  "with a line break": "a\nb",
  "with a tab": "a\tb",
  "that turns the reading direction": "gpj\u202eexe.sh",
  "with a NUL": "a\0b",
  "of 256 bytes": "x".repeat(256),
  "of 255 characters and 510 bytes": "ü".repeat(255),
  "that goes up": "a/../../x",
  "that only goes up": "..",
  "that is the workspace": "/",
  "that is a dot": "./x",
  "deeper than a hundred folders": "d/".repeat(101),
};

test.each(Object.entries(names))("[F1] a new name %s is refused, whatever makes it", async (_what, name) => {
  const { workspace, files } = await running();
  await writeFile(join(workspace, "here"), "");
  for (const response of [await files.put(name, "x"), await files.folder(name), await files.rename("here", name)])
    expect(await problem(response)).toMatchObject({ status: 400, code: name.includes("\0") ? "request.invalid" : "file.bad-path" });
  expect(await readdir(workspace)).toEqual(["here"]);
  expect(await parts()).toEqual([]);
});

test("names of 255 bytes, right-to-left scripts, quotes, percent signs and emoji are taken as they are", async () => {
  const { workspace, files } = await running();
  const odd = ["x".repeat(255), "ü".repeat(127), "שלום עולם.txt", "تقرير.md", `it's "100%" <b>&\\n`, "🙂.txt", "-rf", " lead and trail ", "#?&=+"];
  for (const name of odd) expect([name, (await files.put(name, name)).status]).toEqual([name, 201]);
  expect((await readdir(workspace)).toSorted()).toEqual(odd.toSorted());
  for (const name of odd) expect(await (await files.read(name)).text()).toBe(name);
});

test("a name that a job has made with a line break or a turned direction can be renamed, deleted and brought back", async () => {
  const { workspace, files } = await running();
  for (const name of ["a\nb", "x\u202ey"]) {
    await writeFile(join(workspace, name), "odd");
    const { undo } = (await (await files.delete(name)).json()) as { undo: string };
    expect(await readdir(workspace)).toEqual([]);
    expect((await files.undo(undo)).status).toBe(200);
    expect((await files.rename(name, "plain")).status).toBe(200);
    await rm(join(workspace, "plain"));
  }
});

test("[F1] what leads out of the workspace by a symlink is refused for every change, and nothing out there changes", async () => {
  const { workspace, files } = await running();
  await writeFile(join(workspace, "mine"), "mine");
  await symlink(outside.folder, join(workspace, "folder"));
  await symlink(join(outside.folder, "secret.txt"), join(workspace, "file"));
  await symlink(join(outside.folder, "not-yet"), join(workspace, "dangling"));
  const refused = [
    await files.put("folder/new.txt", "x"),
    await files.put("folder/secret.txt", "x"),
    await files.put("file", "x"),
    await files.folder("folder/new"),
    await files.rename("mine", "folder/mine"),
    await files.rename("folder/secret.txt", "stolen"),
    await files.delete("folder/secret.txt"),
    await files.archive("folder", "zip"),
    await files.archive("folder", "tar.gz"),
  ];
  for (const response of refused) expect(await problem(response)).toMatchObject({ status: 403, code: "file.outside" });
  // A symlink to nothing is replaced by the file itself.
  expect((await files.put("dangling", "inside")).status).toBe(200);
  expect(await readFile(join(workspace, "dangling"), "utf8")).toBe("inside");
  await unharmed();
});

test("a symlink itself is renamed and deleted, not what it names, and one that stays inside is written through", async () => {
  const { workspace, files } = await running();
  await mkdir(join(workspace, "real"));
  await writeFile(join(workspace, "real/file"), "old");
  await symlink("real", join(workspace, "link"));
  await symlink("real/file", join(workspace, "alias"));
  expect((await files.put("alias", "new")).status).toBe(200);
  expect([await readFile(join(workspace, "real/file"), "utf8"), await readlink(join(workspace, "alias"))]).toEqual(["new", "real/file"]);
  expect((await files.put("link/second", "2")).status).toBe(201);
  expect((await files.rename("link", "other")).status).toBe(200);
  expect((await files.delete("other")).status).toBe(200);
  expect((await readdir(join(workspace, "real"))).toSorted()).toEqual(["file", "second"]);
});

test("[F1] a job that keeps exchanging a folder for a symlink never has anything changed outside", async () => {
  const { workspace, files } = await running();
  await mkdir(join(workspace, "real"));
  await symlink(outside.folder, join(workspace, "trap"));
  const swapping = new AbortController();
  const swapper = (async () => {
    while (!swapping.signal.aborted) {
      await rename(join(workspace, "real"), join(workspace, "aside")).catch(() => undefined);
      await rename(join(workspace, "trap"), join(workspace, "real")).catch(() => undefined);
      await rename(join(workspace, "real"), join(workspace, "trap")).catch(() => undefined);
      await rename(join(workspace, "aside"), join(workspace, "real")).catch(() => undefined);
    }
  })();
  const statuses = new Set<number>();
  for (let round = 0; round < 60; round++) {
    const responses = await Promise.all([
      files.put("real/a", "x"),
      files.folder(`real/f${round}`),
      files.delete("real/secret.txt"),
      files.rename("real/secret.txt", `got${round}`),
    ]);
    for (const response of responses) statuses.add(response.status);
  }
  swapping.abort();
  await swapper;
  expect([...statuses].filter((status) => status >= 500)).toEqual([]);
  expect((await readdir(workspace)).filter((name) => name.startsWith("got"))).toEqual([]);
  await unharmed();
}, 60_000);

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
  expect((await readdir(join(place.jobsDir, id, "trash"))).length).toBe(1);
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
  execFileSync("chmod", ["-R", "a-w", join(place.jobsDir, id, "trash")]);
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("update file_trash set deleted_at = now() - interval '8 days' where job_id = $1", [id]);
  await until("the trash to be empty", async () => (await readdir(join(place.jobsDir, id, "trash"))).length === 0);
  // The row goes last, so that a sweep that is killed is done again.
  await until("its rows to be gone", async () => (await client.query("select from file_trash where job_id = $1", [id])).rowCount === 0);
  await client.end();
  await unharmed();
});

test("[F1] a file over the limit is refused, announced or not, and leaves nothing", async () => {
  const { workspace, files } = await running();
  expect(await problem(await files.put("big", new Uint8Array(2 * 1_048_576 + 1)))).toMatchObject({ status: 413, code: "file.too-large" });
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
  const response = await fetch(`${worker.url}/api/jobs/${workspace.split("/").at(-2)}/files/content?path=endless`, {
    method: "PUT",
    headers: { authorization: "Bearer worker-token" },
    body: endless,
    duplex: "half",
  }).catch(() => undefined);
  if (response !== undefined) expect(response.status).toBe(413);
  expect((await files.put("just", new Uint8Array(2 * 1_048_576))).status).toBe(201);
  expect(await readdir(workspace)).toEqual(["just"]);
  await until("nothing to be left over", async () => (await parts()).length === 0);
});

test("[F1] an upload that breaks off leaves the earlier file as it was", async () => {
  const { id, workspace, files } = await running();
  await files.put("file", "whole");
  const { port } = new URL(worker.url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(
    `PUT /api/jobs/${id}/files/content?path=file HTTP/1.1\r\nhost: x\r\nauthorization: Bearer worker-token\r\ncontent-length: 100000\r\n\r\n${"x".repeat(5_000)}`,
  );
  await until("the upload to have begun", async () => (await parts()).length === 1);
  socket.destroy();
  await until("the part to be gone", async () => (await parts()).length === 0);
  expect(await readFile(join(workspace, "file"), "utf8")).toBe("whole");
});

test("[F1] a folder is downloaded as a zip and as a tar.gz with the same files, symlinks as symlinks", async () => {
  const { workspace, files } = await running();
  const target = await mkdtemp(join(tmpdir(), "freehold-test-archive-"));
  await mkdir(join(workspace, "out/empty"), { recursive: true });
  const random = randomBytes(300_000);
  await writeFile(join(workspace, "out/random"), random);
  await writeFile(join(workspace, "out/ünïcode 'quoted'.txt"), "text");
  await writeFile(join(workspace, "out/nothing"), "");
  await symlink(join(outside.folder, "secret.txt"), join(workspace, "out/link"));
  for (const format of ["zip", "tar.gz"]) {
    const response = await files.archive("out", format);
    expect([response.status, response.headers.get("content-disposition")]).toEqual([200, expect.stringContaining(`out.${format}`)]);
    await writeFile(join(target, format), Buffer.from(await response.arrayBuffer()));
    const unpacked = join(target, `${format}-unpacked`);
    await mkdir(unpacked);
    if (format === "zip") execFileSync("python3", ["-m", "zipfile", "-e", join(target, format), unpacked]);
    else execFileSync("tar", ["-xzf", join(target, format), "-C", unpacked]);
    expect((await readdir(unpacked)).toSorted()).toEqual(["empty", "link", "nothing", "random", "ünïcode 'quoted'.txt"].toSorted());
    expect((await readFile(join(unpacked, "random"))).equals(random)).toBe(true);
    expect(await readFile(join(unpacked, "ünïcode 'quoted'.txt"), "utf8")).toBe("text");
  }
  // Python's zipfile writes a symlink's target as text: what was packed is the path, never what lies there.
  expect(await readFile(join(target, "zip-unpacked/link"), "utf8")).toBe(join(outside.folder, "secret.txt"));
  expect(await readlink(join(target, "tar.gz-unpacked/link"))).toBe(join(outside.folder, "secret.txt"));
  expect(await problem(await files.archive("out/random", "zip"))).toMatchObject({ status: 400, code: "file.not-a-directory" });
  expect(await problem(await files.archive("out/random", "tar.gz"))).toMatchObject({ status: 400, code: "file.not-a-directory" });
  expect(await problem(await files.archive("out", "rar"))).toMatchObject({ status: 400, code: "request.invalid" });
  await rm(target, { recursive: true });
});

test("a reader who leaves an archive in the middle leaves no process and no open file behind", async () => {
  const { workspace, files } = await running();
  await writeFile(join(workspace, "large"), randomBytes(30_000_000));
  const open = async () => (await readdir("/proc/self/fd")).length;
  const children = () =>
    execFileSync("ps", ["--ppid", String(process.pid), "-o", "comm="], { encoding: "utf8" })
      .split("\n")
      .filter((name) => name === "tar").length;
  const before = await open();
  for (const format of ["zip", "tar.gz"]) {
    const response = await files.archive("", format);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
  }
  await until("tar to be gone", () => children() === 0);
  await until("all to be closed", async () => (await open()) <= before + 6);
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
  expect(await problem(await worker.call(method, `/api/jobs/${id}/files/${path}`, body))).toMatchObject({ status, code });
  const unknown = await worker.call("DELETE", "/api/jobs/0193a1b2-0000-7000-8000-00000000dead/files?path=x");
  expect(await problem(unknown)).toMatchObject({ status: 404, code: "job.unknown" });
});
