import { appendFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { FaultHome } from "./fault-home.ts";
import { noteOf, type Confirmed } from "./operations.ts";
import { canHaveOwnDocker } from "./own-docker.ts";
import { runSeed, type Figures } from "./run.ts";
import { until } from "../../support/until.ts";

/** 200 before a release. */
const runs = Number(process.env["FREEHOLD_FAULT_RUNS"] ?? 1);
// One seed for every run of the suite: a gate must give the same answer twice. This one kills engine, manager and backup service, and restarts Caddy.
const first = Number(process.env["FREEHOLD_FAULT_SEED"] ?? 5);
/** Where the figures of each run go, one line of JSON each. */
const report = process.env["FREEHOLD_FAULT_REPORT"];

let home: FaultHome;
const figures: Figures = new Map();
const confirmed: Confirmed[] = [];
const onlyWhereItCan = canHaveOwnDocker ? test : test.skip;

beforeAll(async () => {
  if (!canHaveOwnDocker) return;
  home = new FaultHome();
  await home.create();
}, 600_000);
afterAll(async () => {
  if (canHaveOwnDocker) await home.destroy();
}, 120_000);

async function told(seed: number): Promise<void> {
  const startedAt = performance.now();
  let problem: string | null = null;
  try {
    confirmed.push(...(await runSeed(home, seed, figures)));
  } catch (thrown) {
    problem = (thrown as Error).message;
    const again = `FREEHOLD_FAULT_RUNS=1 FREEHOLD_FAULT_SEED=${seed} npm test -- tests/drills/tenants`;
    throw new Error(`${problem}\nAgain: ${again}\n${await home.logs()}`, { cause: thrown });
  } finally {
    const line = { seed, seconds: Math.round((performance.now() - startedAt) / 1_000), problem, figures: Object.fromEntries(figures) };
    if (report !== undefined) appendFileSync(report, `${JSON.stringify(line)}\n`);
  }
}

onlyWhereItCan.each(Array.from({ length: runs }, (_, index) => first + index))(
  "with seed %i, whatever is killed, tenants end as they were wished, none paused, no snapshot lost, nothing left over",
  told,
  900_000,
);

onlyWhereItCan(
  "a snapshot that was confirmed in the midst of it all gives back what was saved",
  async () => {
    const chosen = confirmed.at(Math.floor(confirmed.length / 2));
    expect(chosen).toBeDefined();
    const { tenant = "", snapshot, notes = new Set() } = chosen ?? {};
    const { status, body } = await home.askBackup(`/tenants/${tenant}/restores`, { method: "POST", body: { snapshot, into: "witness" }, withinMs: 60_000 });
    expect({ status, body }).toMatchObject({ status: 202 });
    const done = async () => (await home.askBackup(`/restores/${String(body["id"])}`)).body["state"] === "done";
    await until("the restore", done, { timeoutMs: 120_000, everyMs: 200 });
    expect(notes).toContain(await noteOf(home, "witness"));
  },
  180_000,
);
