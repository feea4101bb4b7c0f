import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import pg from "pg";
import { Webhook } from "standardwebhooks";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { until } from "../../../../tests/support/until.ts";
import { clientOf, successOf, WorkerPlace } from "../testing/worker-place.ts";
import { Receiver } from "./testing/receiver.ts";

jest.setTimeout(120_000);
const patient = { timeoutMs: 60_000 };
let database: TestDatabase;
let place: WorkerPlace;
let receiver: Receiver;
let client: pg.Client;
let worker: ChildProcess;

beforeEach(async () => {
  database = await createTestDatabase();
  place = new WorkerPlace(database.url);
  await place.start();
  receiver = await new Receiver().start();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  worker.kill("SIGKILL");
  await client.end();
  await place.stop();
  await receiver.stop();
  await database.drop();
});

const start = async () => {
  const env = { ...process.env, ...place.environment({ NOTICE_ALLOWED_HOSTS: "127.0.0.1" }), NODE_OPTIONS: "" };
  worker = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "../main.ts")], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  worker.stdout?.on("data", (piece: Buffer) => (said += piece.toString()));
  const port = await until("the worker's port", () => /"port":(\d+)/.exec(said)?.[1], patient);
  const called = clientOf(`http://127.0.0.1:${port}`, async () => undefined);
  await until("the worker to be ready", async () => (await called.call("GET", "/health/ready")).ok, patient);
  return called;
};
const kill = async () => {
  const ended = once(worker, "exit");
  worker.kill("SIGKILL");
  await ended;
};
const finish = (id: string) => {
  place.manager.print(`job-${id}-1`, successOf("done"));
  place.manager.exit(`job-${id}-1`, 0);
};

test("[W42] a worker that is killed while it sends, or before it has noted that it was taken, sends the same again after its restart", async () => {
  let called = await start();
  // The first try is never answered; of the second the receiver's word is lost with the worker.
  receiver.answer = () => undefined;
  receiver.holds = (nth) => nth === 1;
  const { id } = await called.post({ webhook: { url: receiver.url, events: ["job.succeeded"] } });
  await until("the container", () => place.manager.containers.has(`job-${id}-1`), patient);
  finish(id);
  await until("the first try", () => receiver.received.length === 1, patient);
  await kill();
  expect((await client.query("select state, attempts from notice_deliveries")).rows).toEqual([{ state: "pending", attempts: 1 }]);
  receiver.answer = () => ({ status: 200 });
  called = await start();
  await until("the notice", async () => (await client.query("select from notice_deliveries where state = 'delivered'")).rowCount === 1, patient);
  expect(receiver.received).toHaveLength(2);
  const { secret } = (await (await called.call("GET", "/api/notices/signing-secret")).json()) as { secret: string };
  const [first, second] = receiver.received.map(({ text, headers }) => new Webhook(secret).verify(text, headers as Record<string, string>));
  expect(second).toEqual(first);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
});

test("[W40] of jobs whose worker is killed again and again each end is told, with one id each", async () => {
  let called = await start();
  const jobs: string[] = [];
  // From the first on: a container may start while the next job is being posted.
  place.manager.onStart = (name) => finish(name.replace(/^job-(.*)-1$/, "$1"));
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < 3; n++) jobs.push((await called.post({ webhook: { url: receiver.url, events: ["job.succeeded"] } })).id);
    await until("some notices", () => receiver.received.length > round * 2, patient);
    await kill();
    called = await start();
  }
  await until("all notices", async () => (await client.query("select from notice_deliveries where state = 'delivered'")).rowCount === jobs.length, patient);
  const told = new Map(receiver.received.map(({ headers, json }) => [headers["webhook-id"], (json as { data: { job: { id: string } } }).data.job.id]));
  expect([...told.values()].toSorted()).toEqual(jobs.toSorted());
});
