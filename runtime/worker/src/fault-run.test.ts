import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { setTimeout as delay } from "node:timers/promises";
import { createTestDatabase, type TestDatabase } from "../../../tests/support/postgres.ts";
import { until } from "../../../tests/support/until.ts";
import type { Job } from "./job.ts";
import { createDice, type Dice } from "../../../tests/support/dice.ts";
import { FaultPlace, slots } from "./testing/fault-place.ts";

/** 200 by setting; the seed of a run that failed is in its message. */
const runs = Number(process.env["FREEHOLD_FAULT_RUNS"] ?? 5);
// One seed for every run: a gate must give the same answer twice. Another seed looks for new faults.
const seed = Number(process.env["FREEHOLD_FAULT_SEED"] ?? 7);

let database: TestDatabase;
let house: FaultPlace;
const met = new Map<string, number>();

beforeAll(async () => {
  database = await createTestDatabase();
  house = new FaultPlace(database.url, process.env["FREEHOLD_FAULT_POSTGRES_RESTART"]);
  await house.start();
}, 90_000);
afterAll(async () => {
  await house.stop();
  await database.drop();
}, 30_000);

/** Asks again with the same key until some worker has said that it has the job. */
async function post(dice: Dice, key: string): Promise<string> {
  const body = { prompt: key, idempotencyKey: key, maxAttempts: 5, priority: dice(3) };
  return until(
    "a job to be acknowledged",
    async () => {
      const answer = await house.some(dice).call("POST", "/api/jobs", body);
      return answer.ok ? ((await answer.json()) as Job).id : undefined;
    },
    { timeoutMs: 60_000, everyMs: 50 },
  );
}

interface Row {
  id: string;
  state: string;
  succeeded: number;
  running: number;
  /** How each attempt ended, in order: its error, or its state. */
  ends: string[];
}

const rowsOf = (ids: readonly string[]) =>
  house.sql<Row>(
    `select j.id, j.state, (select count(*)::int from attempts a where a.job_id = j.id and a.state = 'succeeded') as succeeded,
     (select count(*)::int from attempts a where a.job_id = j.id and a.state = 'running') as running,
     array(select coalesce(a.outcome ->> 'code', a.state) from attempts a where a.job_id = j.id order by a.number) as ends from jobs j where j.id = any($1)`,
    [ids],
  );

async function runOnce(run: number): Promise<Row[]> {
  const dice = createDice(seed * 1_000_003 + run);
  house.roll(createDice(seed * 1_000_003 + run + 500_000));
  const names = Object.keys(house.faults);
  const faults = Array.from({ length: 2 + dice(4) }, () => names[dice(names.length)] ?? "");
  const posting = Promise.all(Array.from({ length: 4 + dice(5) }, (_none, index) => post(createDice(run * 100 + index), `${seed}/${run}/${index}`)));
  for (const name of faults) {
    await delay(dice(250));
    await house.faults[name]?.(dice);
    met.set(name, (met.get(name) ?? 0) + 1);
  }
  const ids = await posting;
  await house.ready();
  const ended = ["succeeded", "failed", "cancelled"];
  // None is lost: each that was acknowledged is there and comes to an end.
  await until("all jobs to end", async () => (await rowsOf(ids)).filter(({ state }) => ended.includes(state)).length === ids.length, {
    timeoutMs: 90_000,
    everyMs: 50,
  });
  await until("no container to be left", () => house.place.manager.containers.size === 0, { timeoutMs: 20_000 });
  await until("no key to be left", () => house.place.gateway.open === 0, { timeoutMs: 20_000 });
  return rowsOf(ids);
}

function expectSound(rows: readonly Row[]): void {
  for (const { id, state, succeeded, running, ends } of rows) {
    expect(running).toBe(0);
    expect(succeeded).toBe(state === "succeeded" ? 1 : 0);
    // Neither twice to success, nor a success that went unseen.
    const successes = house.successes.get(id) ?? [];
    expect({ state, successes, ends }).toEqual({ state, successes: state === "succeeded" ? [expect.stringContaining(id)] : [], ends });
  }
  expect(house.place.manager.most.running).toBeLessThanOrEqual(slots);
  expect(house.place.manager.most.ofOneJob).toBeLessThanOrEqual(1);
}

test(
  `${runs} seeded runs: no acknowledged job lost, none run twice to success, the cap kept, no container and no key left`,
  async () => {
    const states = new Map<string, number>();
    for (let run = 0; run < runs; run++) {
      try {
        const rows = await runOnce(run);
        expectSound(rows);
        for (const { state } of rows) states.set(state, (states.get(state) ?? 0) + 1);
      } catch (cause) {
        throw new Error(`Run ${run} of seed ${seed} (FREEHOLD_FAULT_SEED) went wrong: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    }
    expect(await house.sql("select number from slots where job_id is not null")).toEqual([]);
    // The run means something only if jobs succeed in it, and, where it is long, if it has seen every fault.
    expect(states.get("succeeded")).toBeGreaterThan(0);
    if (runs >= 100) expect([...met.keys()].toSorted()).toEqual(Object.keys(house.faults).toSorted());
  },
  Math.max(180_000, runs * 30_000),
);
