import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import { successOf } from "../testing/worker-place.ts";
import { problem, withWorker } from "../testing/worker-scene.ts";

const scene = withWorker({ JOB_SLOTS: "30", FILE_LIMIT_MB: "1", UPLOAD_KEEP_HOURS: "24" });

const upload = (name: string, body: string | Uint8Array, to = scene.worker) =>
  fetch(`${to.url}/api/uploads?name=${encodeURIComponent(name)}`, { method: "POST", headers: { authorization: "Bearer worker-token" }, body: body as string });
const uploaded = async (name: string, body: string | Uint8Array) => ((await (await upload(name, body)).json()) as { id: string }).id;
const container = async (id: string, attempt = 1) => {
  await until("the container", () => scene.place.manager.containers.has(`job-${id}-${attempt}`));
  return scene.place.manager.containers.get(`job-${id}-${attempt}`)!.request;
};
const inJob = (id: string, path: string) => readFile(join(scene.place.jobsDir, id, path), "utf8");
const uploads = async () => readdir(join(scene.place.jobsDir, "uploads"));

const prepared = (id: string) => async () =>
  (await scene.client.query("select from job_inputs where job_id = $1 and prepared_at is not null", [id])).rowCount === 1;

test("an upload is answered with its size and hash, and only the end of its path is its name", async () => {
  const body = randomBytes(700_000);
  const response = await upload("folder/brand book.pdf", body);
  expect([response.status, await response.json()]).toEqual([
    201,
    { id: expect.any(String), name: "brand book.pdf", sizeBytes: 700_000, sha256: createHash("sha256").update(body).digest("hex") },
  ]);
  expect(await problem(await upload("a\nb", "x"))).toMatchObject({ status: 400, code: "file.bad-path" });
  expect(await problem(await upload("big", new Uint8Array(1_048_577)))).toMatchObject({ status: 413, code: "file.too-large" });
  expect((await uploads()).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("[F3] a job finds its files in the workspace, its data and instructions beside it, before its container starts", async () => {
  const uploadId = await uploaded("logo.png", "png");
  const { id } = await scene.worker.post({
    files: [
      { path: "src/main.ts", text: "main" },
      { path: "/assets//logo.png", uploadId },
    ],
    data: [
      { path: "brand.md", text: "blue" },
      { path: "logo.png", uploadId },
    ],
    instructions: "Write in British English.",
    systemPrompt: "Use the tools.",
  });
  const request = await container(id);
  expect(request.mounts).toEqual(["data", "instructions"]);
  expect(request.argv).toEqual(expect.arrayContaining(["--append-system-prompt-file", "/input/system-prompt-1.txt"]));
  expect(await inJob(id, "input/system-prompt-1.txt")).toBe("Use the tools.\n\nWrite in British English.");
  expect(await Promise.all(["workspace/src/main.ts", "workspace/assets/logo.png", "data/brand.md", "data/logo.png"].map((path) => inJob(id, path)))).toEqual([
    "main",
    "png",
    "blue",
    "png",
  ]);
  expect(await inJob(id, "instructions/instructions.md")).toBe("Write in British English.");
  const { uid, mode } = await stat(join(scene.place.jobsDir, id, "workspace/assets/logo.png"));
  expect([uid, mode & 0o777]).toEqual([1_000, 0o644]);
});

test("a job without any of them gets no more mounts than before", async () => {
  const { id } = await scene.worker.post();
  const request = await container(id);
  expect(request.mounts).toBeUndefined();
  expect(request.argv).not.toContain("--append-system-prompt-file");
});

test("[F3] a second attempt finds its files as the first has left them, and its instructions again", async () => {
  const { id } = await scene.worker.post({
    files: [
      { path: "draft.md", text: "first" },
      { path: "other.md", text: "other" },
    ],
    instructions: "Be brief.",
  });
  await container(id);
  await writeFile(join(scene.place.jobsDir, id, "workspace/draft.md"), "changed by the job");
  await rm(join(scene.place.jobsDir, id, "workspace/other.md"));
  scene.place.manager.exit(`job-${id}-1`, 1);
  const second = await container(id, 2);
  expect(second.argv).toContain("--append-system-prompt-file");
  expect(await inJob(id, "workspace/draft.md")).toBe("changed by the job");
  expect(await readdir(join(scene.place.jobsDir, id, "workspace"))).toEqual(["draft.md"]);
});

test("[F3] what a crash left half put into place is put there whole by the next try", async () => {
  scene.place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  const { id } = await scene.worker.post({
    files: [
      { path: "a.txt", text: "a" },
      { path: "b.txt", text: "b" },
    ],
  });
  await until("the files", async () => (await inJob(id, "workspace/b.txt").catch(() => "")) === "b");
  await until("it to be noted", prepared(id));
  // As if the worker had died between the first file and the note.
  await writeFile(join(scene.place.jobsDir, id, "workspace/a.txt"), "");
  await rm(join(scene.place.jobsDir, id, "workspace/b.txt"));
  await scene.client.query("update job_inputs set prepared_at = null where job_id = $1", [id]);
  await until("it to be noted again", prepared(id));
  scene.place.manager.intercept = () => undefined;
  await container(id);
  expect([await inJob(id, "workspace/a.txt"), await inJob(id, "workspace/b.txt")]).toEqual(["a", "b"]);
});

test("[F4] an upload is kept while a job that waits will need it, and swept when nothing does", async () => {
  scene.place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  await scene.client.query("update uploads set created_at = now()");
  const [needed, unused, fresh] = [await uploaded("needed", "n"), await uploaded("unused", "u"), await uploaded("fresh", "f")];
  const busy = Array.from({ length: 1 }, () => scene.worker.post({ files: [{ path: "needed", uploadId: needed }] }));
  const [job] = await Promise.all(busy);
  // Prepared at once when a slot is free; as if it still waited:
  await until(
    "it to be prepared",
    async () => (await scene.client.query("select from job_inputs where job_id = $1 and prepared_at is not null", [job!.id])).rowCount === 1,
  );
  await scene.client.query("insert into upload_uses (upload_id, job_id) values ($1, $2)", [needed, job!.id]);
  await scene.client.query("update uploads set created_at = now() - interval '25 hours' where id = any($1)", [[needed, unused]]);
  await until("the sweep", async () => !(await uploads()).includes(unused));
  expect(await uploads()).toEqual(expect.arrayContaining([needed, fresh]));
  await scene.client.query("delete from upload_uses where job_id = $1", [job!.id]);
  await until("the next sweep", async () => !(await uploads()).includes(needed));
  expect(await uploads()).toContain(fresh);
  scene.place.manager.intercept = () => undefined;
});

test("a job that names an upload that is not there is refused, and none is made", async () => {
  const before = (await scene.client.query("select from jobs")).rowCount;
  const response = await scene.worker.call("POST", "/api/jobs", { prompt: "x", files: [{ path: "a", uploadId: "0193a1b2-0000-4000-8000-00000000dead" }] });
  expect(await problem(response)).toMatchObject({ status: 400, code: "upload.unknown" });
  expect((await scene.client.query("select from jobs")).rowCount).toBe(before);
});

test("one idempotency key with other files is another body", async () => {
  const body = { prompt: "x", idempotencyKey: "files", files: [{ path: "a", text: "1" }] };
  const first = await scene.worker.post(body);
  expect((await scene.worker.post(body)).id).toBe(first.id);
  expect(await problem(await scene.worker.call("POST", "/api/jobs", { ...body, files: [{ path: "a", text: "2" }] }))).toMatchObject({
    status: 409,
    code: "job.idempotency-mismatch",
  });
});

test("files in the workspace survive to the job's end, where they are listed", async () => {
  const { id } = await scene.worker.post({ files: [{ path: "in.txt", text: "x" }] });
  await container(id);
  scene.place.manager.print(`job-${id}-1`, successOf("done"));
  scene.place.manager.exit(`job-${id}-1`, 0);
  await until("the end", async () => (await scene.worker.get(id)).state === "succeeded");
  expect(await (await scene.worker.call("GET", `/api/jobs/${id}/files`)).json()).toMatchObject({ entries: [{ name: "in.txt" }] });
});

test.each([
  ["a path that goes up", { files: [{ path: "../x", text: "" }] }],
  ["a path with a NUL", { data: [{ path: "a\0b", text: "" }] }],
  ["a path with a line break", { data: [{ path: "a\nb", text: "" }] }],
  ["neither text nor upload", { files: [{ path: "a" }] }],
  ["both text and upload", { files: [{ path: "a", text: "", uploadId: "0193a1b2-0000-4000-8000-00000000dead" }] }],
  [
    "one path twice",
    {
      files: [
        { path: "a", text: "" },
        { path: "/a", text: "" },
      ],
    },
  ],
  [
    "a file below a file",
    {
      files: [
        { path: "a", text: "" },
        { path: "a/b", text: "" },
      ],
    },
  ],
  ["too many files", { files: Array.from({ length: 201 }, (_, index) => ({ path: `f${index}`, text: "" })) }],
  ["an upload's id that is a path", { files: [{ path: "a", uploadId: "../../etc/passwd" }] }],
  ["empty instructions", { instructions: "  " }],
  ["instructions with a NUL", { instructions: "a\0b" }],
  ["instructions that are too long", { instructions: "x".repeat(200_001) }],
])("%s is refused", async (_what, more) => {
  expect(await problem(await scene.worker.call("POST", "/api/jobs", { prompt: "x", ...more }))).toMatchObject({ status: 400, code: "request.invalid" });
});
