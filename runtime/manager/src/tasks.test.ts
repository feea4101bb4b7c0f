import type { Server } from "node:http";
import { mkdirSync, chownSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createJobPlace, docker, type JobPlace } from "../../../tests/support/job-place.ts";
import { until } from "../../../tests/support/until.ts";
import { createManager } from "./app.ts";
import { settings } from "./config.ts";
import { planTask } from "./task-plan.ts";
import { taskRequest } from "./task-request.ts";
import type { TaskResult } from "./tasks.ts";

let place: JobPlace;
let server: Server;
let base: string;
const mirror = "a".repeat(64);

const serve = async () => {
  const environment = {
    MANAGER_TOKEN: "manager-token",
    NAME_PREFIX: place.prefix,
    JOBS_VOLUME: place.volume,
    JOB_IMAGE: "node:24-trixie-slim",
    JOB_NETWORKS: place.networks.join(","),
    // Internal like those of jobs: it is only looked at.
    REPOSITORY_NETWORK: place.networks[0] ?? "",
    JOB_MEMORY_MB: "256",
  };
  const listening = await listen(createManager(loadConfig(settings, environment), silentLog, createMetrics()), 0, "127.0.0.1");
  return { server: listening.server, base: `http://127.0.0.1:${listening.port}` };
};
const post = (body: object, signal?: AbortSignal) =>
  fetch(`${base}/tasks`, {
    method: "POST",
    headers: { authorization: "Bearer manager-token", "content-type": "application/json" },
    body: JSON.stringify({ jobId: place.makeJob(), timeoutMs: 60_000, ...body }),
    ...(signal === undefined ? {} : { signal }),
  });
const run = async (script: string, more: object = {}) => (await (await post({ argv: ["bash", "-c", script], ...more })).json()) as TaskResult;
const problem = async (response: Response) => ({ status: response.status, ...((await response.json()) as { code: string; detail: string }) });

beforeAll(async () => {
  place = createJobPlace("tasks", 1);
  mkdirSync(join(place.folder, "repositories", mirror), { recursive: true });
  chownSync(join(place.folder, "repositories", mirror), 1_000, 1_000);
  ({ server, base } = await serve());
}, 60_000);
afterEach(() => place.removeContainers());
afterAll(async () => {
  await closeServer(server, 100);
  place.remove();
});

test("a task runs hardened, sees nothing of the job and no network, and is gone when it is answered", async () => {
  const script = "id -u; grep CapEff /proc/self/status; ls /workspace /mirror /claude /input 2>&1; ls /sys/class/net; touch /x 2>&1; exit 7";
  const result = await run(script);
  expect(result).toMatchObject({ exitCode: 7, truncated: false });
  expect(result.output).toMatch(/^1000\nCapEff:\t0000000000000000\n/);
  expect(result.output.match(/No such file or directory/g)).toHaveLength(4);
  expect(result.output).toContain("\nlo\n");
  expect(result.output).not.toContain("eth0");
  expect(result.output).toContain("Read-only file system");
  expect(place.containers()).toEqual([]);
});

test("workspace and mirror are seen as asked for, and a task with a way out is on the network of repositories", async () => {
  const own = { name: mirror, readOnly: false };
  expect((await run("touch /workspace/made /mirror/made && echo fine", { workspace: "read-write", mirror: own })).output).toBe("fine\n");
  const readOnly = await run("touch /workspace/x /mirror/x 2>&1", { workspace: "read-only", mirror: { ...own, readOnly: true } });
  expect(readOnly.output.match(/Read-only file system/g)).toHaveLength(2);
  expect((await run("ls /sys/class/net /mirror", { network: true, mirror: own })).output).toMatch(/made[^]*eth0/);
});

test("no task has both a job's workspace and a way out, and none a folder that is not a mirror's", async () => {
  for (const more of [
    { workspace: "read-only", network: true },
    { mirror: { name: "../other", readOnly: true } },
    { workspace: "all" },
    { jobId: "../x" },
    { privileged: true },
  ])
    expect(await problem(await post({ argv: ["true"], ...more }))).toMatchObject({ status: 400, code: "request.invalid" });
});

test("what stdout and stderr say can be told apart", async () => {
  const { output } = await run("echo out; echo 'not: {json' >&2");
  expect(output.split("\n").toSorted()).toEqual(["", "out", '{"type":"freehold","subtype":"stderr","text":"not: {json"}'].toSorted());
});

test("a task that takes too long is ended, and so is one whose caller leaves", async () => {
  expect(await problem(await post({ argv: ["sleep", "60"], timeoutMs: 1_500 }))).toMatchObject({ status: 504, code: "task.timeout" });
  expect(place.containers()).toEqual([]);
  const left = new AbortController();
  const answer = post({ argv: ["sleep", "60"] }, left.signal).catch(() => "left");
  await until("the container", () => place.containers().length === 1);
  left.abort();
  expect(await answer).toBe("left");
  await until("the container to be gone", () => place.containers().length === 0);
});

test("what a killed manager has left is removed by the next, jobs' containers not", async () => {
  const label = `freehold.stack=${place.prefix.replace(/^freehold-/, "")}`;
  docker("run", "--detach", "--name", `${place.prefix}-task-old`, "--label", label, "--label", "freehold.task=x", "node:24-trixie-slim", "sleep", "60");
  docker("run", "--detach", "--name", `${place.prefix}-job-live`, "--label", label, "--label", "freehold.job=x", "node:24-trixie-slim", "sleep", "60");
  const next = await serve();
  await until("the rest to be gone", () => place.containers().length === 1);
  expect(docker("inspect", "--format", "{{.State.Running}}", `${place.prefix}-job-live`)).toBe("true");
  await closeServer(next.server, 100);
});

test("a task is planned with what it asked for and nothing else", () => {
  const request = taskRequest.parse({
    jobId: "0193a1b2-0000-7000-8000-000000000001",
    argv: ["git"],
    env: { GIT_REMOTE_TOKEN: "t" },
    mirror: { name: mirror, readOnly: false },
    network: true,
    timeoutMs: 1_000,
  });
  const where = {
    prefix: "freehold-dev",
    image: "i",
    networks: [],
    gatewayUrl: "http://gateway:4010",
    repositoryNetwork: "out",
    memoryMb: 256,
    cpus: 1,
    pids: 64,
  };
  const plan = planTask("task-1", request, where, "/jobs");
  expect(plan).toMatchObject({
    name: "freehold-dev-task-1",
    User: "1000:1000",
    Env: ["GIT_REMOTE_TOKEN=t", "HOME=/home/node"],
    Labels: { "freehold.stack": "dev", "freehold.task": request.jobId },
    HostConfig: {
      NetworkMode: "out",
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      Mounts: [{ Type: "bind", Source: `/jobs/repositories/${mirror}`, Target: "/mirror", ReadOnly: false }],
    },
  });
});
