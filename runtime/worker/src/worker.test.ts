import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import pg from "pg";
import { createTestDatabase, type TestDatabase } from "../../../tests/support/postgres.ts";
import { until } from "../../../tests/support/until.ts";
import { isFinal } from "./job-states.ts";
import { successOf, WorkerPlace, type RunningWorker } from "./testing/worker-place.ts";

let database: TestDatabase;
let place: WorkerPlace;

beforeEach(async () => {
  database = await createTestDatabase();
  place = new WorkerPlace(database.url);
  await place.start();
});
afterEach(async () => {
  await place.stop();
  await database.drop();
});

const ready = (worker: RunningWorker) => until("the worker to be ready", async () => (await worker.call("GET", "/health/ready")).ok);
const ended = (worker: RunningWorker, id: string) =>
  until("the job to end", async () => {
    const job = await worker.get(id);
    return isFinal(job.state) ? job : undefined;
  });
const started = (name: string) => until(`container ${name}`, () => place.manager.containers.get(name));
const logOf = (id: string, attempt = 1) => readFile(join(place.jobsDir, id, "attempts", `${attempt}.ndjson`), "utf8");
const sql = async (text: string) => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
};

test("a job runs in one container and ends with its result, cost and log, its key revoked and its container gone", async () => {
  const worker = await place.worker();
  await ready(worker);
  place.manager.onStart = (name) => {
    place.manager.print(name, { type: "system", subtype: "init" }, successOf("all done"));
    place.manager.exit(name, 0);
  };
  const { id } = await worker.post({ prompt: "first line\nsecond" });
  const job = await ended(worker, id);
  expect(job).toMatchObject({ title: "first line", state: "succeeded", result: "all done", error: null, costUsd: 0.5, provider: "rehearsal", attempts: [{ number: 1, state: "succeeded", exitCode: 0, error: null }] });
  expect((await logOf(id)).split("\n").slice(0, -1).map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(["system", "result"]);
  expect(await readFile(join(place.jobsDir, id, "input", "prompt-1.txt"), "utf8")).toBe("first line\nsecond");
  expect(place.manager.containers.size).toBe(0);
  expect([place.gateway.keys.size, place.gateway.open]).toEqual([1, 0]);
});
