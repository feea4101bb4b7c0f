import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ScheduleRun, ScheduleView } from "@freehold/kernel/api/schedule";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import type { Closer } from "@freehold/kernel/lifecycle";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createManager } from "../../runtime/manager/src/app.ts";
import { settings as managerSettings } from "../../runtime/manager/src/config.ts";
import { settings as workerSettings } from "../../runtime/worker/src/config.ts";
import type { Job } from "../../runtime/worker/src/job.ts";
import { isFinal } from "../../runtime/worker/src/job-states.ts";
import { ScriptedGatewayAdmin } from "../../runtime/worker/src/testing/scripted-gateway-admin.ts";
import { startWorker } from "../../runtime/worker/src/worker.ts";
import { createJobPlace, type JobPlace } from "../support/job-place.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";

const gateway = new ScriptedGatewayAdmin();
const closers: Closer[] = [];
let place: JobPlace;
let database: TestDatabase;
let url: string;

beforeAll(async () => {
  place = createJobPlace("schedules", 2);
  database = await createTestDatabase();
  await gateway.start();
  const manager = loadConfig(managerSettings, {
    MANAGER_TOKEN: "manager-token",
    NAME_PREFIX: place.prefix,
    JOBS_VOLUME: place.volume,
    JOB_IMAGE: "node:24-trixie-slim",
    JOB_NETWORKS: place.networks.join(","),
    JOB_MEMORY_MB: "256",
  });
  const { server, port } = await listen(createManager(manager, silentLog, createMetrics()), 0, "127.0.0.1");
  closers.push(() => closeServer(server, 1_000));
  const worker = loadConfig(workerSettings, {
    PORT: "0",
    HOST: "127.0.0.1",
    DATABASE_URL: database.url,
    WORKER_TOKEN: "worker-token",
    SECRETS_KEY: "secrets-key",
    WORKER_NAME: "one",
    MANAGER_URL: `http://127.0.0.1:${port}`,
    MANAGER_TOKEN: "manager-token",
    GATEWAY_URL: gateway.url,
    GATEWAY_ADMIN_TOKEN: "admin-token",
    JOBS_DIR: place.folder,
    JOB_SLOTS: "2",
    SCHEDULE_POLL_MS: "50",
  });
  url = `http://127.0.0.1:${(await startWorker(worker, silentLog, (closer) => closers.push(closer))).port}`;
  await until("the worker", async () => (await fetch(`${url}/health/ready`)).ok);
}, 60_000);
afterAll(async () => {
  for (const closer of closers.toReversed()) await closer();
  await gateway.stop();
  place.remove();
  await database.drop();
}, 60_000);

const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const headers = { authorization: "Bearer worker-token", "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
};
const finished = (id: string) =>
  until(
    "the job to end",
    async () => {
      const job = await call<Job>("GET", `/api/jobs/${id}`);
      return isFinal(job.state) ? job : undefined;
    },
    { timeoutMs: 60_000 },
  );

const file = `[job-local "greet"]
schedule = @every 1s
command = sh -c "'echo $GREETING | tee greeting.txt; id -u'"
environment = GREETING=good morning
no-overlap = true

[job-local "fails"]
schedule = @yearly
command = sh -c "'echo oh no >&2; exit 7'"

[job-local "absent"]
schedule = @yearly
command = no-such-program
`;

test("the jobs of an Ofelia file run in real containers on time, with their variables, and their exit codes decide", async () => {
  const { schedules } = await call<{ schedules: ScheduleView[] }>("POST", "/api/schedules/import", { text: file });
  const [greet, fails, absent] = schedules;
  const run = await until(
    "a run by the schedule",
    async () => (await call<{ runs: ScheduleRun[] }>("GET", `/api/schedules/${greet?.id}/runs`)).runs.find(({ job }) => job?.state === "succeeded"),
    { timeoutMs: 60_000 },
  );
  await call("POST", `/api/schedules/${greet?.id}/pause`);
  const job = await finished(run.job?.id ?? "");
  expect(job).toMatchObject({ state: "succeeded", title: "job-local/greet", attempts: [{ number: 1, exitCode: 0 }] });
  expect(readFileSync(join(place.folder, job.id, "workspace/greeting.txt"), "utf8")).toBe("good morning\n");
  expect(readFileSync(join(place.folder, job.id, "attempts/1.ndjson"), "utf8")).toBe("good morning\n1000\n");
  const failed = await finished((await call<Job>("POST", `/api/schedules/${fails?.id}/run`)).id);
  expect(failed).toMatchObject({ state: "failed", error: { code: "job.command-failed", message: "The command ended with exit code 7. It said: oh no" } });
  const missing = await finished((await call<Job>("POST", `/api/schedules/${absent?.id}/run`)).id);
  expect(missing).toMatchObject({ state: "failed", attempts: [{ number: 1 }] });
  expect(missing.error?.message).toMatch(/no-such-program/);
}, 150_000);
