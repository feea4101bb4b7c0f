import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { until } from "../../../../tests/support/until.ts";
import type { Job } from "../job.ts";
import { successOf, WorkerPlace, type RunningWorker } from "../testing/worker-place.ts";

let database: TestDatabase;
let place: WorkerPlace;
let worker: RunningWorker;
let outside: string;

beforeAll(async () => {
  database = await createTestDatabase();
  place = new WorkerPlace(database.url);
  await place.start();
  worker = await place.worker({ JOB_SLOTS: "20" });
  await until("the worker to be ready", async () => (await worker.call("GET", "/health/ready")).ok);
  outside = await mkdtemp(join(tmpdir(), "freehold-test-outside-"));
  await writeFile(join(outside, "secret.txt"), "secret");
});
afterAll(async () => {
  await place.stop();
  await database.drop();
  await rm(outside, { recursive: true });
});

const problem = async (response: Response) => ({ status: response.status, ...((await response.json()) as { code: string; detail: string }) });
const unknownId = "0193a1b2-0000-7000-8000-00000000dead";
const running = async () => {
  const { id } = await worker.post();
  const name = `job-${id}-1`;
  await until("the container", () => place.manager.containers.has(name));
  return { id, name, workspace: join(place.jobsDir, id, "workspace") };
};
const finish = (name: string) => {
  place.manager.print(name, successOf("done"));
  place.manager.exit(name, 0);
};

interface Event {
  id: string;
  event: string;
  data: string;
}

/** Reads a stream of events until `enough` or its end. */
async function events(
  path: string,
  { headers = {}, enough = () => false }: { headers?: Record<string, string>; enough?: (seen: Event[]) => boolean } = {},
): Promise<{ seen: Event[]; text: string }> {
  const left = new AbortController();
  const response = await fetch(`${worker.url}${path}`, { headers: { authorization: "Bearer worker-token", ...headers }, signal: left.signal });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  let text = "";
  let seen: Event[] = [];
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const field = (block: string, name: string) => [...block.matchAll(new RegExp(`^${name}: (.*)$`, "gm"))].map((match) => match[1]).join("\n");
    seen = text
      .split("\n\n")
      .slice(0, -1)
      .filter((block) => /^event: /m.test(block))
      .map((block) => ({ id: field(block, "id"), event: field(block, "event"), data: field(block, "data") }));
    if (enough(seen)) break;
  }
  left.abort();
  return { seen, text };
}

test.each([
  { what: "no body", body: undefined, status: 400, code: "request.invalid" },
  { what: "broken JSON", body: '{"prompt":', status: 400, code: "request.not-json" },
  { what: "an empty prompt", body: { prompt: "" }, status: 400, code: "request.invalid" },
  { what: "an unknown field", body: { prompt: "x", urgency: 1 }, status: 400, code: "request.invalid" },
  { what: "a NUL", body: { prompt: "a\0b" }, status: 400, code: "request.invalid" },
  { what: "a prompt over a million characters", body: { prompt: "x".repeat(1_000_001) }, status: 400, code: "request.invalid" },
  { what: "a body of 50 MB", body: { prompt: "x".repeat(50_000_000) }, status: 413, code: "request.too-large" },
])("a job with $what is refused with $code", async ({ body, status, code }) => {
  expect(await problem(await worker.call("POST", "/api/jobs", body))).toMatchObject({ status, code });
});

test.each([
  { method: "GET", path: `/api/jobs/${unknownId}`, status: 404, code: "job.unknown" },
  { method: "POST", path: `/api/jobs/${unknownId}/cancel`, status: 404, code: "job.unknown" },
  { method: "GET", path: `/api/jobs/${unknownId}/log`, status: 404, code: "job.unknown" },
  { method: "GET", path: `/api/jobs/${unknownId}/log.ndjson`, status: 404, code: "job.unknown" },
  { method: "GET", path: `/api/jobs/${unknownId}/files`, status: 404, code: "job.unknown" },
  { method: "GET", path: `/api/jobs/${unknownId}/files/content?path=x`, status: 404, code: "job.unknown" },
  { method: "GET", path: "/api/jobs/..%2f..%2fetc", status: 400, code: "request.invalid" },
  { method: "GET", path: "/api/jobs?limit=0", status: 400, code: "request.invalid" },
  { method: "GET", path: "/api/jobs?state=done", status: 400, code: "request.invalid" },
  { method: "GET", path: "/api/jobs?cursor=nonsense", status: 400, code: "request.invalid" },
  { method: "GET", path: "/api/jobs?cursor=%E0%A4%A", status: 400, code: "request.invalid" },
  { method: "GET", path: "/api/other", status: 404, code: "request.not-found" },
])("$method $path is answered with $code", async ({ method, path, status, code }) => {
  expect(await problem(await worker.call(method, path))).toMatchObject({ status, code });
});

test("a caller without the token is turned away", async () => {
  expect(await problem(await fetch(`${worker.url}/api/jobs`))).toMatchObject({ status: 401, code: "auth.required" });
});

test("a prompt of a million multi-byte characters is taken and listed cut", async () => {
  const prompt = `${"€".repeat(999_999)}x`;
  const { id } = await worker.post({ prompt });
  expect((await worker.get(id)).prompt).toBe(prompt);
  const { jobs } = (await (await worker.call("GET", "/api/jobs?limit=1")).json()) as { jobs: Job[] };
  expect(jobs[0]).toMatchObject({ id, prompt: "€".repeat(300), title: `${"€".repeat(99)}…` });
  await worker.call("POST", `/api/jobs/${id}/cancel`);
});

test("the list is paged by its cursor, newest first, without gaps when jobs are added in between", async () => {
  const made: string[] = [];
  for (let number = 0; number < 5; number++) made.push((await worker.post({ prompt: `page ${number}` })).id);
  const page = async (query: string) => (await (await worker.call("GET", `/api/jobs?limit=2${query}`)).json()) as { jobs: Job[]; nextCursor: string | null };
  const first = await page("");
  await worker.post({ prompt: "newer" });
  const second = await page(`&cursor=${first.nextCursor}`);
  expect([...first.jobs, ...second.jobs].map((job) => job.id)).toEqual(made.toReversed().slice(0, 4));
  const cancelled = (await (await worker.call("GET", "/api/jobs?state=cancelled&limit=200")).json()) as { jobs: Job[]; nextCursor: string | null };
  expect(cancelled.nextCursor).toBeNull();
  expect(cancelled.jobs.every((job) => job.state === "cancelled")).toBe(true);
});

test("[W14] a watcher sees each line with its offset, then done, and can go on from any id", async () => {
  const { id, name } = await running();
  const watching = events(`/api/jobs/${id}/log`);
  place.manager.print(name, { type: "system" }, "ü");
  finish(name);
  const { seen, text } = await watching;
  expect(text).toMatch(/^retry: 1000\n\n/);
  expect(seen.map(({ event }) => event)).toEqual(["line", "line", "line", "done"]);
  expect(JSON.parse(seen.at(-1)?.data ?? "")).toEqual({ state: "succeeded", attempt: 1 });
  const log = Buffer.from(await (await worker.call("GET", `/api/jobs/${id}/log.ndjson`)).arrayBuffer());
  expect(
    seen
      .slice(0, 3)
      .map((event) => Number(event.id))
      .at(-1),
  ).toBe(log.length);
  for (const [index, event] of seen.slice(0, 3).entries()) {
    expect((await events(`/api/jobs/${id}/log`, { headers: { "last-event-id": event.id } })).seen).toEqual(seen.slice(index + 1));
    expect((await events(`/api/jobs/${id}/log?offset=${event.id}`)).seen).toEqual(seen.slice(index + 1));
  }
});

test("[W14] a line reaches a watcher of the running job long before the job's end", async () => {
  const { id, name } = await running();
  const watching = events(`/api/jobs/${id}/log`, { enough: (seen) => seen.length === 1 });
  place.manager.print(name, "hello");
  expect((await watching).seen).toEqual([{ id: "6", event: "line", data: "hello" }]);
  finish(name);
});

test("[W14] a second worker serves the log of a job that runs at the first", async () => {
  const { id, name } = await running();
  const other = await place.worker({ WORKER_NAME: "other", JOB_SLOTS: "1" });
  await until("the other to be ready", async () => (await other.call("GET", "/health/ready")).ok);
  const response = await other.call("GET", `/api/jobs/${id}/log`);
  const reading = response.text();
  place.manager.print(name, "from afar");
  finish(name);
  expect(await reading).toMatch(/data: from afar\n\n[^]*event: done\ndata: {"state":"succeeded","attempt":1}\n\n$/);
  await other.stop();
});

test("a watcher of a waiting job waits for its first attempt, and is told when it is cancelled before", async () => {
  const small = await place.worker({ WORKER_NAME: "small", JOB_SLOTS: "1" });
  await small.stop();
  place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  const { id } = await worker.post();
  const watching = events(`/api/jobs/${id}/log`);
  await until("the try to start", async () => (await worker.get(id)).state === "running");
  await worker.call("POST", `/api/jobs/${id}/cancel`);
  expect((await watching).seen).toEqual([{ id: "", event: "done", data: '{"state":"cancelled","attempt":1}' }]);
  place.manager.intercept = () => undefined;
});

test("an attempt that is not there is named", async () => {
  const { id, name } = await running();
  expect(await problem(await worker.call("GET", `/api/jobs/${id}/log?attempt=2`))).toMatchObject({
    status: 404,
    code: "attempt.unknown",
    detail: expect.stringContaining("newest is 1"),
  });
  finish(name);
});

test("the download is the log, and empty while nothing was printed", async () => {
  const { id, name } = await running();
  const empty = await worker.call("GET", `/api/jobs/${id}/log.ndjson`);
  expect([empty.status, await empty.text()]).toEqual([200, ""]);
  finish(name);
  await until("the end", async () => (await worker.get(id)).state === "succeeded");
  const response = await worker.call("GET", `/api/jobs/${id}/log.ndjson?attempt=1`);
  expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${id}-1.ndjson"; filename*=UTF-8''${id}-1.ndjson`);
  expect(await response.text()).toBe(`${JSON.stringify(successOf("done"))}\n`);
});

const content = (id: string, path: string) => worker.call("GET", `/api/jobs/${id}/files/content?path=${encodeURIComponent(path)}`);

test("[W15] a workspace is listed, directories first, and its files are shown", async () => {
  const { id, workspace } = await running();
  await mkdir(join(workspace, "src"), { recursive: true });
  await writeFile(join(workspace, "src", "größe 1.txt"), "ü");
  await writeFile(join(workspace, "a.md"), "# hi");
  await symlink("src", join(workspace, "link"));
  const listing = (await (await worker.call("GET", `/api/jobs/${id}/files`)).json()) as { path: string; entries: object[]; truncated: boolean };
  expect(listing).toMatchObject({
    path: "",
    truncated: false,
    entries: [
      { name: "src", type: "directory" },
      { name: "a.md", type: "file", sizeBytes: 4, modifiedAt: expect.stringMatching(/Z$/) },
      { name: "link", type: "symlink" },
    ],
  });
  expect(await (await worker.call("GET", `/api/jobs/${id}/files?path=src`)).json()).toMatchObject({ path: "src", entries: [{ name: "größe 1.txt" }] });
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
  const listing = (await (await worker.call("GET", `/api/jobs/${id}/files`)).json()) as { entries: object[]; truncated: boolean };
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
  await symlink(join(outside, "secret.txt"), join(workspace, "to-file"));
  await symlink(outside, join(workspace, "to-folder"));
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
  expect(await problem(await worker.call("GET", `/api/jobs/${id}/files?path=${encodeURIComponent("/../..")}`))).toMatchObject({ code: "file.outside" });
  finish(name);
});

test("[W15] a job that keeps exchanging a folder for a symlink never gets a file of the outside shown", async () => {
  const { id, workspace, name } = await running();
  await mkdir(join(workspace, "real"));
  await writeFile(join(workspace, "real", "secret.txt"), "inside");
  await symlink(outside, join(workspace, "evil"));
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
    const leaving = httpRequest(`${worker.url}/api/jobs/${id}/files/content?path=large`, { headers: { authorization: "Bearer worker-token" } }, (response) =>
      response.once("data", () => leaving.destroy()).once("close", () => resolve()),
    );
    leaving.end();
  });
  expect((await worker.call("GET", "/health")).status).toBe(200);
  finish(name);
});

test("the files of a job that was not started yet are none", async () => {
  place.manager.intercept = (call) => (call.startsWith("GET") ? 503 : undefined);
  const { id } = await worker.post();
  expect(await (await worker.call("GET", `/api/jobs/${id}/files`)).json()).toEqual({ path: "", entries: [], truncated: false });
  await worker.call("POST", `/api/jobs/${id}/cancel`);
  place.manager.intercept = () => undefined;
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

test("the metrics count jobs by state, the queue and the attempts", async () => {
  const { name } = await running();
  finish(name);
  const metrics = await until("the attempt to be counted", async () => {
    const text = await (await worker.call("GET", "/metrics")).text();
    return /freehold_attempts_total{state="succeeded"} [1-9]/.test(text) ? text : undefined;
  });
  for (const series of [
    'freehold_jobs{state="queued"}',
    "freehold_queue_depth ",
    "freehold_queue_age_seconds ",
    "freehold_worker_active_attempts ",
    "freehold_attempts_retried_total ",
    'freehold_attempt_seconds_count{state="succeeded"}',
    'freehold_worker_manager_seconds_count{method="PUT"}',
  ])
    expect(metrics).toContain(series);
});
