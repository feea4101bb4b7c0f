import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import type { ContainerRequest } from "./clients/manager.ts";
import type { Job } from "./job.ts";
import { successOf } from "./testing/worker-place.ts";
import { ended as endedAt, withFreshWorker } from "./testing/worker-scene.ts";

const scene = withFreshWorker();
const ended = (id: string) => endedAt(scene.worker, id);

let requests: ContainerRequest[];

beforeEach(() => {
  requests = [];
  succeed();
});

const script = (end: (name: string) => void) => {
  scene.place.manager.onStart = (name, request) => {
    requests.push(request);
    end(name);
  };
};
const succeed = () =>
  script((name) => {
    scene.place.manager.print(name, successOf("done"));
    scene.place.manager.exit(name, 0);
  });
const fail = () => script((name) => scene.place.manager.exit(name, 1));
const ask = async (method: string, path: string, body?: unknown) => {
  const answer = await scene.worker.call(method, `/api/jobs/${path}`, body);
  return { status: answer.status, job: (answer.status === 204 ? undefined : await answer.json()) as Job & { code: string } };
};
const input = (id: string, name: string) => readFile(join(scene.place.jobsDir, id, "input", name), "utf8");
const writeTranscript = async (job: Job) => {
  const folder = join(scene.place.jobsDir, job.id, "claude/projects/-workspace");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${job.attempts[0]?.sessionId}.jsonl`), "{}\n");
};

test("[W27] a failed job that is retried has all of its attempts again, and keeps those it had", async () => {
  fail();
  const { id } = await scene.worker.post({ maxAttempts: 2 });
  expect(await ended(id)).toMatchObject({ state: "failed", attempts: [{ number: 1 }, { number: 2 }] });
  const again = await ask("POST", `${id}/retry`);
  expect(again).toMatchObject({ status: 202, job: { finishedAt: null, error: null } });
  expect((await ended(id)).attempts.map((attempt) => attempt.state)).toEqual(["failed", "failed", "failed", "failed"]);
  succeed();
  await ask("POST", `${id}/retry`);
  expect(await ended(id)).toMatchObject({ state: "succeeded", attempts: [{}, {}, {}, {}, { number: 5, state: "succeeded" }] });
  expect(await ask("POST", `${id}/retry`)).toMatchObject({ status: 409, job: { code: "job.succeeded" } });
});

test("[W27] a cancelled job can be retried and then succeeds; twenty requests at once retry it once", async () => {
  script(() => undefined);
  const { id } = await scene.worker.post();
  await until("the container", () => requests.length === 1);
  await ask("POST", `${id}/cancel`);
  expect(await ended(id)).toMatchObject({ state: "cancelled" });
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("POST", `${id}/retry`)));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect(new Set(answers.filter(({ status }) => status !== 202).map(({ job }) => job.code))).toEqual(new Set(["job.not-ended"]));
  await until("the second container", () => requests.length === 2);
  scene.place.manager.print(`job-${id}-2`, successOf("done"));
  scene.place.manager.exit(`job-${id}-2`, 0);
  expect(await ended(id)).toMatchObject({ state: "succeeded", cancelRequestedAt: null, attempts: [{ state: "cancelled" }, { state: "succeeded" }] });
});

test("[W27] a resumed job goes on in its session with the new prompt, and its turns are kept", async () => {
  const { id } = await scene.worker.post({ prompt: "the task" });
  const first = await ended(id);
  await writeTranscript(first);
  const resumed = await ask("POST", `${id}/resume`, { prompt: "now the tests", timeoutMs: 5_000 });
  expect(resumed).toMatchObject({ status: 202, job: { turns: [{ number: 2, prompt: "now the tests" }], timeoutMs: 5_000, result: null } });
  const second = await ended(id);
  expect(second).toMatchObject({ state: "succeeded", prompt: "the task", attempts: [{ turn: 1 }, { turn: 2, sessionId: first.attempts[0]?.sessionId }] });
  expect(requests.at(-1)?.argv.slice(-2)).toEqual(["--resume", first.attempts[0]?.sessionId]);
  expect(await input(id, "prompt-2.txt")).toBe("now the tests");
  expect(await ask("POST", `${id}/resume`, { prompt: " " })).toMatchObject({ status: 400 });
});

test("[W27] a turn whose session is not there any more hears all that was asked for", async () => {
  const { id } = await scene.worker.post({ prompt: "the task" });
  await ended(id);
  await ask("POST", `${id}/resume`, { prompt: "now the tests" });
  await ended(id);
  expect(await input(id, "prompt-2.txt")).toBe("the task\n\nnow the tests");
});

test("[W27] a command can be retried but has no session to go on with", async () => {
  script((name) => scene.place.manager.exit(name, 1));
  const schedule = await scene.worker.call("POST", "/api/schedules", { name: "tidy", schedule: "@daily", command: ["false"] });
  const { id: scheduleId } = (await schedule.json()) as { id: string };
  const { id } = (await (await scene.worker.call("POST", `/api/schedules/${scheduleId}/run`)).json()) as Job;
  expect(await ended(id)).toMatchObject({ state: "failed", scheduleId });
  expect(await ask("POST", `${id}/resume`, { prompt: "go on" })).toMatchObject({ status: 409, job: { code: "job.no-session" } });
  expect((await ask("POST", `${id}/retry`)).status).toBe(202);
  expect((await ended(id)).attempts).toHaveLength(2);
});

test("[W28] a job's budget is its key's and Claude Code's, less what it has cost; with nothing left it does not start", async () => {
  scene.place.gateway.usage = { requests: 0, costUsd: 0 };
  const { id } = await scene.worker.post({ budgetUsd: 2 });
  expect(await ended(id)).toMatchObject({ state: "succeeded", budgetUsd: 2 });
  expect([...scene.place.gateway.keys.values()]).toMatchObject([{ jobId: id, tenant: "jobs", budget: { dayUsd: 2, monthUsd: 2 } }]);
  expect(requests[0]?.argv).toEqual(expect.arrayContaining(["--max-budget-usd", "2"]));
  scene.place.gateway.usage = { requests: 1, costUsd: 1.5 };
  await ask("POST", `${id}/resume`, { prompt: "more" });
  await ended(id);
  expect([...scene.place.gateway.keys.values()].at(-1)).toMatchObject({ budget: { monthUsd: 0.5 } });
  scene.place.gateway.usage = { requests: 1, costUsd: 2.25 };
  await ask("POST", `${id}/resume`, { prompt: "more" });
  expect(await ended(id)).toMatchObject({ state: "failed", error: { code: "job.budget", message: expect.stringContaining("$2.25") } });
  expect(requests).toHaveLength(2);
  expect((await ask("POST", `${id}/resume`, { prompt: "more", budgetUsd: 3 })).job.budgetUsd).toBe(5.25);
  expect(await ended(id)).toMatchObject({ state: "succeeded" });
  expect([...scene.place.gateway.keys.values()].at(-1)).toMatchObject({ budget: { monthUsd: 3 } });
});

test("[W28] MCP servers, system prompt and tools reach the container by files that it can only read; the API keeps the secrets", async () => {
  const mcpServers = { notes: { command: "npx", args: ["notes"], env: { TOKEN: "secret-1" } } };
  const { id } = await scene.worker.post({ mcpServers, systemPrompt: "Be brief.", allowedTools: ["Read"], permissionMode: "dontAsk" });
  const job = await ended(id);
  expect(job).toMatchObject({ permissionMode: "dontAsk", allowedTools: ["Read"], systemPrompt: "Be brief.", mcpServers: { notes: { env: ["TOKEN"] } } });
  expect(JSON.stringify(job)).not.toContain("secret-1");
  expect(requests[0]?.argv).toEqual(
    expect.arrayContaining(["--allowedTools", "Read", "--append-system-prompt-file", "/input/system-prompt-1.txt", "--mcp-config", "/input/mcp-1.json"]),
  );
  expect(JSON.parse(await input(id, "mcp-1.json"))).toEqual({ mcpServers });
  expect(await input(id, "system-prompt-1.txt")).toBe("Be brief.");
});

test("[W28] a job's own stall limit and delay between attempts count", async () => {
  script(() => undefined);
  const { id } = await scene.worker.post({ stallMs: 1_000, maxAttempts: 2, retryDelayMs: 0 });
  expect((await ended(id)).attempts.map((attempt) => attempt.error?.code)).toEqual(["job.stalled", "job.stalled"]);
  fail();
  const late = await scene.worker.post({ maxAttempts: 2, retryDelayMs: 1_500 });
  const [one, two] = (await ended(late.id)).attempts;
  expect(Date.parse(two?.startedAt ?? "") - Date.parse(one?.finishedAt ?? "")).toBeGreaterThanOrEqual(1_400);
}, 40_000);

test("[W29] deleting an ended job takes its row, log, files and keys with it, whatever rights the job took from its folders", async () => {
  const { id } = await scene.worker.post({ idempotencyKey: "k" });
  await ended(id);
  const closed = join(scene.place.jobsDir, id, "workspace", "closed");
  await mkdir(join(closed, "inner"), { recursive: true });
  await writeFile(join(closed, "inner", "file"), "x");
  await chmod(closed, 0);
  expect((await ask("DELETE", id)).status).toBe(204);
  expect(await ask("GET", id)).toMatchObject({ status: 404, job: { code: "job.unknown" } });
  await until("the files to go", () => !existsSync(join(scene.place.jobsDir, id)));
  expect((await ask("DELETE", id)).status).toBe(404);
  expect((await scene.worker.post({ idempotencyKey: "k" })).id).not.toBe(id);
});

test("[W29] a job that has not ended is not deleted", async () => {
  script(() => undefined);
  const { id } = await scene.worker.post();
  expect(await ask("DELETE", id)).toMatchObject({ status: 409, job: { code: "job.not-ended" } });
});

test("[W29] a key of a deleted job that could not be revoked is revoked later", async () => {
  script((name) => {
    scene.place.gateway.status = 503;
    scene.place.manager.print(name, successOf("done"));
    scene.place.manager.exit(name, 0);
  });
  const { id } = await scene.worker.post();
  await ended(id);
  await ask("DELETE", id);
  expect(scene.place.gateway.open).toBe(1);
  scene.place.gateway.status = undefined;
  await until("the key to be revoked", () => scene.place.gateway.open === 0);
});
