import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { createDice } from "../../../tests/support/dice.ts";
import { ask, expectTold, type Question, type Told } from "./testing/fault-caller.ts";
import { callerFaults, faults, lateFaults, startFaultyUpstream, type FaultName, type FaultyUpstream, type Plan } from "./testing/faulty-upstream.ts";
import { startGateway, type TestGateway } from "./testing/fixtures.ts";

/** 1,000 by setting; the seed of a run that failed is in its message. */
const runs = Number(process.env["FREEHOLD_FAULT_RUNS"] ?? 150);
// One seed for every run: a gate must give the same answer twice. Another seed looks for new faults.
const seed = Number(process.env["FREEHOLD_FAULT_SEED"] ?? 7);

const providers = ["one", "two", "three"];
const timeouts = { connectMs: 200, firstByteMs: 200, idleMs: 200, answerMs: 200 };
let upstreams: FaultyUpstream[];
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  upstreams = await Promise.all(providers.map((name) => startFaultyUpstream(name)));
  const entries = upstreams.map(({ name, url }) => ({
    name,
    kind: "anthropic",
    baseUrl: url,
    keys: [{ value: `a-${name}` }, { value: `b-${name}` }],
    timeouts,
  }));
  const away = { name: "refused", kind: "anthropic", baseUrl: "http://127.0.0.1:1", timeouts };
  const nowhere = { name: "nowhere", kind: "anthropic", baseUrl: "http://nowhere.invalid", timeouts };
  gateway = await startGateway({ GATEWAY_CONFIG: JSON.stringify({ providers: [away, nowhere, ...entries] }), PING_AFTER_MS: "50", CACHE_SECONDS: "300" });
  ({ key } = await gateway.mint());
});
afterAll(async () => {
  await gateway.close();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

interface Asked extends Pick<Question, "session" | "dialect"> {
  run: number;
  told: Told;
}

const names = [faults, callerFaults, lateFaults].flatMap((each) => Object.keys(each) as FaultName[]);
const goodWays = ["good", "good in small pieces", "good and slow"] as const;

async function askOnce(dice: (below: number) => number, run: number, index: number): Promise<Asked> {
  const session = `${seed}-${run}-${index}`;
  const streams = dice(2) === 0;
  const dialect = dice(3) === 0 ? "openai" : "anthropic";
  const leave = new AbortController();
  const leaver = dice(6) === 0 ? setTimeout(() => leave.abort(), dice(250)) : undefined;
  try {
    return { run, session, dialect, told: await ask({ url: gateway.url, key }, { session, dialect, streams, signal: leave.signal }) };
  } finally {
    clearTimeout(leaver);
  }
}

async function runOnce(run: number): Promise<Asked[]> {
  const dice = createDice(seed + run * 7_919);
  // In a storm everything fails in one way, so that the last word is about that.
  const storm = dice(3) === 0 ? (names[dice(names.length)] as FaultName) : undefined;
  const way = (): Plan[number] => (dice(4) === 0 ? (goodWays[dice(3)] as Plan[number]) : (names[dice(names.length)] as FaultName));
  for (const upstream of upstreams) upstream.plan = storm === undefined ? Array.from({ length: dice(4) }, way) : Array<FaultName>(6).fill(storm);
  if (storm !== undefined || dice(2) === 0)
    for (const name of ["refused", "nowhere", ...providers]) await gateway.admin(`/admin/providers/${name}/reset`, { method: "POST" });
  const asked = await Promise.all(Array.from({ length: 1 + dice(3) }, (_none, index) => askOnce(dice, run, index)));
  for (const { told, dialect } of asked) expectTold(told, dialect, providers);
  await until("no call left open upstream", () => upstreams.every((upstream) => upstream.open() === 0), { everyMs: 5, timeoutMs: 3_000 });
  return asked;
}

interface Row {
  id: string;
  session: string;
  outcome: string;
  status: number;
  input: number;
}

/** What is known of each call once all is over: by its session, or by its request's id. */
interface Evidence {
  rows: Map<string, Row[]>;
  completed: Map<string, number>;
  late: Map<string, number>;
}

function count(names: readonly (string | undefined)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

async function evidence(): Promise<Evidence> {
  await gateway.usageOf();
  const { rows } = await gateway.db.query<Row>("select id, session_id as session, outcome, status, input_tokens::int as input from requests");
  return {
    rows: Map.groupBy(rows, ({ session }) => session),
    completed: count(upstreams.flatMap((upstream) => upstream.completed).map((body) => /call (\S+)\./.exec(body)?.[1])),
    late: count(gateway.lines.filter((line) => line.includes('"provider.timeout"')).map((line) => (JSON.parse(line) as { requestId: string }).requestId)),
  };
}

/** One entry per call, of what the caller saw, and one answer charged at most. */
function expectBooked({ session, told }: Asked, { rows, completed, late }: Evidence): void {
  const finished = completed.get(session) ?? 0;
  const [row, ...more] = rows.get(session) ?? [];
  expect(more).toEqual([]);
  // Who leaves before the request is read to its end is not in the books, and nobody was asked for it.
  if (row === undefined) return expect([told.kind, finished]).toEqual(["left", 0]);
  if (told.kind === "success") expect(row).toMatchObject({ outcome: "completed", status: 200, input: 100 });
  else if (told.kind === "error") expect(row).toMatchObject({ outcome: "failed", status: told.status ?? 200 });
  expect([0, 100]).toContain(row.input);
  // No good answer is asked for twice, but after one that came too late.
  const own = told.kind === "error" ? 0 : 1;
  expect(finished).toBeLessThanOrEqual(own + (late.get(row.id) ?? 0));
  if (told.kind === "success") expect(finished).toBeGreaterThanOrEqual(1);
}

/** Names the run and the seed, so that it can be had again. */
function wrong(run: number, cause: unknown): Error {
  return new Error(`Run ${run} of seed ${seed} (FREEHOLD_FAULT_SEED) went wrong: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}

test(
  `${runs} seeded runs: no hang, no wrong success, one entry in the books per call, nothing left open`,
  async () => {
    const asked: Asked[] = [];
    for (let run = 0; run < runs; run++) asked.push(...(await runOnce(run).catch((cause: unknown) => Promise.reject(wrong(run, cause)))));
    const known = await evidence();
    for (const one of asked) {
      try {
        expectBooked(one, known);
      } catch (cause) {
        throw wrong(one.run, cause);
      }
    }
    expect([...known.rows.values()].flat().length).toBeLessThanOrEqual(asked.length);
    // The run means something only if it has seen all that may happen, a refused connection and a name that is unknown among it.
    for (const kind of ["success", "error", "left"]) expect(asked.some(({ told }) => told.kind === kind)).toBe(true);
    for (const code of ["ECONNREFUSED", "ENOTFOUND"]) expect(gateway.logged()).toContain(code);
    expect(await gateway.metrics.text()).toMatch(/^gateway_requests_active 0$/m);
    await gateway.gateway.close();
    await until("all connections to the providers to be closed", async () =>
      (await Promise.all(upstreams.map((upstream) => upstream.connections()))).every((open) => open === 0),
    );
  },
  Math.max(60_000, runs * 2_000),
);
