import type { Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createManager } from "../../runtime/manager/src/app.ts";
import { settings as managerSettings } from "../../runtime/manager/src/config.ts";
import { settings } from "../../runtime/worker/src/config.ts";
import type { JobDiff } from "../../runtime/worker/src/repositories/repositories.ts";
import type { JobRepository } from "../../runtime/worker/src/repositories/repository-store.ts";
import { GitServer } from "../../runtime/worker/src/testing/git-server.ts";
import { clientOf, WorkerPlace, type RunningWorker } from "../../runtime/worker/src/testing/worker-place.ts";
import { startWorker } from "../../runtime/worker/src/worker.ts";
import { createJobPlace, docker, type JobPlace } from "../support/job-place.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";

let jobs: JobPlace;
let network: string;
let git: GitServer;
let database: TestDatabase;
let scripts: WorkerPlace;
let manager: Server;
let worker: RunningWorker;
const slow = { timeoutMs: 60_000 };

beforeAll(async () => {
  docker("build", "--quiet", "--tag", "freehold/job:test", join(import.meta.dirname, "../../runtime/images/job"));
  jobs = createJobPlace("repositories", 1);
  network = docker("network", "create", `${jobs.prefix}-repositories`);
  git = new GitServer();
  await git.start(docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", network));
  await git.make("private-home", { "README.md": "hello\n" });
  database = await createTestDatabase();
  scripts = new WorkerPlace(database.url);
  await scripts.start();
  const environment = {
    MANAGER_TOKEN: "manager-token",
    NAME_PREFIX: jobs.prefix,
    JOBS_VOLUME: jobs.volume,
    JOB_IMAGE: "freehold/job:test",
    JOB_NETWORKS: jobs.networks.join(","),
    REPOSITORY_NETWORK: `${jobs.prefix}-repositories`,
    JOB_MEMORY_MB: "512",
  };
  const listening = await listen(createManager(loadConfig(managerSettings, environment), silentLog, createMetrics()), 0, "127.0.0.1");
  manager = listening.server;
  const closers: (() => Promise<void> | void)[] = [];
  const own = scripts.environment({ MANAGER_URL: `http://127.0.0.1:${listening.port}`, JOBS_DIR: jobs.folder, JOB_SLOTS: "1" });
  const { port } = await startWorker(loadConfig(settings, own), silentLog, (closer) => closers.push(closer));
  worker = clientOf(`http://127.0.0.1:${port}`, async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  });
  await until("the worker to be ready", async () => (await worker.call("GET", "/health/ready")).ok, slow);
}, 300_000);
afterAll(async () => {
  await worker.stop();
  await closeServer(manager, 100);
  await Promise.all([scripts.stop(), git.stop(), database.drop()]);
  jobs.removeContainers();
  docker("network", "rm", network);
  jobs.remove();
}, 60_000);

test("[R1] [R2] [R3] [R4] a private repository is fetched, worked on, compared, pushed and offered, all in the containers of the job image", async () => {
  await worker.call("PUT", "/api/repositories/credentials/forge", { token: git.token, origin: git.origin });
  const { id } = await worker.post({ title: "Say more", repository: { url: git.url("private-home"), credential: "forge" } });
  const repository = async () => (await (await worker.call("GET", `/api/jobs/${id}/repository`)).json()) as JobRepository;
  await until("the job's container", () => jobs.containers().length > 0 && docker("ps", "--format", "{{.Names}}").includes(`${jobs.prefix}-job-${id}-1`), slow);
  expect(await (await worker.call("GET", `/api/jobs/${id}/files/content?path=README.md`)).text()).toBe("hello\n");
  // Its network has no model to talk to; what it would have done is done by hand.
  await worker.call("POST", `/api/jobs/${id}/cancel`);
  await until("the end", async () => (await worker.get(id)).state === "cancelled", slow);
  await fetch(`${worker.url}/api/jobs/${id}/files/content?path=more.md`, { method: "PUT", headers: { authorization: "Bearer worker-token" }, body: "more\n" });
  const diff = (await (await worker.call("GET", `/api/jobs/${id}/diff`)).json()) as JobDiff;
  expect(diff.files).toEqual([{ path: "more.md", status: "added", additions: 1, deletions: 0, binary: false }]);
  expect((await worker.call("POST", `/api/jobs/${id}/deliver`, { mode: "pull-request" })).status).toBe(202);
  const done = await until("the delivery", async () => (["delivered", "failed"].includes((await repository()).delivery) ? repository() : undefined), slow);
  expect(done).toMatchObject({ delivery: "delivered", problem: null, pullRequestUrl: `${git.origin}/team/private-home/pull/1` });
  expect(git.in("private-home", "show", "--format=%an %s", "--stat", done.newBranch)).toMatch(/^Freehold job Say more[^]*more\.md/);
  expect(jobs.containers()).toEqual([]);
}, 300_000);
