import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { createDice } from "../../../tests/support/dice.ts";
import { ask, expectTold, type Told } from "./testing/fault-caller.ts";
import { callerFaults, faults, lateFaults, startFaultyUpstream, textOf, type Fault, type FaultName, type FaultyUpstream } from "./testing/faulty-upstream.ts";
import { adminToken, startGateway, streamHeaders, type TestGateway } from "./testing/fixtures.ts";

let upstream: FaultyUpstream;
/** A second gateway on the same database, which lives through it all. */
let other: TestGateway;
let key: string;
const children: ChildProcess[] = [];
let journal: string;

beforeAll(async () => {
  journal = mkdtempSync(join(tmpdir(), "freehold-killed-"));
  upstream = await startFaultyUpstream("anthropic");
  other = await startGateway({ ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: upstream.url });
  ({ key } = await other.mint());
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await other.close();
  await upstream.close();
  rmSync(journal, { recursive: true, force: true });
});

/** The gateway as it is really started, on a port of its own; when it is ready, it has booked what the one before it left. */
async function start(more: Record<string, string> = {}): Promise<{ url: string; child: ChildProcess }> {
  const env = {
    PATH: process.env["PATH"],
    PORT: "0",
    HOST: "127.0.0.1",
    DATABASE_URL: other.databaseUrl,
    GATEWAY_ADMIN_TOKEN: adminToken,
    ANTHROPIC_API_KEY: "k",
    ANTHROPIC_BASE_URL: upstream.url,
    GATEWAY_JOURNAL_DIR: journal,
    CACHE_SECONDS: "0",
    ...more,
  };
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], { env, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const port = await until("the gateway to listen", () => /"port":(\d+)/.exec(said)?.[1]);
  const url = `http://127.0.0.1:${port}`;
  await until("the gateway to be ready", async () => (await fetch(`${url}/health/ready`)).ok, { everyMs: 5 });
  return { url, child };
}

const askStream = (url: string, session: string) =>
  fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key, "x-claude-code-session-id": session },
    body: JSON.stringify({ model: "claude-opus-5-5", stream: true, messages: [] }),
  });
const rowsOf = async (session: string) => (await other.db.query("select outcome from requests where session_id = $1", [session])).rows;

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

test("a gateway that is killed in the middle of a stream frees the provider, passes nothing off as a success, and books everything once", async () => {
  const endless: Fault = ({ response, events }) => void response.writeHead(200, streamHeaders).write(events.slice(0, 3).join(""));
  for (const round of [1, 2, 3]) {
    const { url, child } = await start();
    const whole = await (await askStream(url, `whole-${round}`)).text();
    await until("the booking of the whole answer", async () => (await rowsOf(`whole-${round}`)).length === 1);
    upstream.plan = [endless];
    const cut = await askStream(url, `cut-${round}`);
    expect(upstream.open()).toBe(1);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await expect(cut.text()).rejects.toThrow("terminated");
    await exited;
    await until("the provider to be freed", () => upstream.open() === 0, { timeoutMs: 1_000, everyMs: 5 });
    // The repeat goes to a gateway that is there.
    expect(await (await askStream(other.url, `repeat-${round}`)).text()).toBe(whole);
    await other.usageOf();
    expect([await rowsOf(`whole-${round}`), await rowsOf(`repeat-${round}`)]).toEqual([[{ outcome: "completed" }], [{ outcome: "completed" }]]);
    await kill((await start()).child);
    expect(await rowsOf(`cut-${round}`)).toEqual([{ outcome: "interrupted" }]);
    expect(whole).toContain(textOf("anthropic").slice(0, 9));
  }
}, 120_000);

/** One kill in 25 of the fault runs. */
const kills = Math.ceil(Number(process.env["FREEHOLD_FAULT_RUNS"] ?? 100) / 25);
const seed = Number(process.env["FREEHOLD_FAULT_SEED"] ?? 7);
const ways = [faults, callerFaults, lateFaults].flatMap((each) => Object.keys(each) as FaultName[]);

/** What its client was told; `cut` when the gateway died first. */
async function askDying(url: string, session: string, dice: (below: number) => number): Promise<Told | { kind: "cut" }> {
  const question = { session, dialect: "anthropic" as const, streams: dice(2) === 0, signal: AbortSignal.timeout(15_000) };
  return ask({ url, key }, question).catch((fault: unknown) =>
    /Connection error|terminated/.test(String(fault)) ? { kind: "cut" } : Promise.reject(fault as Error),
  );
}

interface Row {
  session: string;
  outcome: string;
  provider: string;
  input: number;
}

async function rowsLike(sessions: string): Promise<Row[]> {
  const select = "select session_id as session, outcome, provider, input_tokens::int as input from requests where session_id like $1";
  return (await other.db.query<Row>(select, [sessions])).rows;
}

async function killOnce(round: number): Promise<void> {
  const dice = createDice(seed + round * 7_919);
  const { url, child } = await start();
  const before = await upstream.connections();
  upstream.completed = [];
  upstream.plan = Array.from({ length: dice(4) }, () => (dice(2) === 0 ? "good and slow" : (ways[dice(ways.length)] as FaultName)));
  const sessions = Array.from({ length: 2 + dice(4) }, (_none, index) => `kill-${seed}-${round}-${index}`);
  const asking = sessions.map((session) => askDying(url, session, dice));
  const exited = once(child, "exit");
  setTimeout(() => child.kill("SIGKILL"), dice(300));
  const told = await Promise.all(asking);
  await exited;
  await until("the provider to be freed", () => upstream.open() === 0, { timeoutMs: 1_000, everyMs: 5 });
  await until("its sockets to be closed", async () => (await upstream.connections()) <= before, { timeoutMs: 1_000, everyMs: 5 });
  await kill((await start()).child);
  const rows = await rowsLike(`kill-${seed}-${round}-%`);
  for (const [index, session] of sessions.entries()) {
    const own = rows.filter((row) => row.session === session);
    expect(own.length).toBeLessThanOrEqual(1);
    const finished = upstream.completed.filter((body) => body.includes(`call ${session}.`)).length;
    expect(finished).toBeLessThanOrEqual(1);
    const answer = told[index];
    if (answer !== undefined && answer.kind !== "cut") expectTold(answer, "anthropic", ["anthropic"]);
    if (answer?.kind === "success") expect([finished, own]).toEqual([1, [{ session, outcome: "completed", provider: "anthropic", input: 100 }]]);
    if (finished === 1) expect(own).toHaveLength(1);
    if (own[0]?.outcome === "completed") expect([finished, own[0].input]).toEqual([1, 100]);
  }
}

test(
  `a gateway that is killed at any time, ${kills} times: no wrong success, every answered request once in the books, no call and no socket left at a provider`,
  async () => {
    for (let round = 0; round < kills; round++)
      await killOnce(round).catch((cause: unknown) =>
        Promise.reject(new Error(`Kill ${round} of seed ${seed} (FREEHOLD_FAULT_SEED) went wrong: ${String(cause)}`, { cause })),
      );
  },
  60_000 + kills * 20_000,
);

/** Asks again and again, every third time the same as all others, until the gateway is dead; answers with the sessions that got a whole answer. */
async function askOnAndOn(url: string, name: string): Promise<string[]> {
  const whole: string[] = [];
  for (let turn = 0; ; turn++) {
    const session = `${name}-${turn}`;
    const content = turn % 3 === 0 ? `the same, ${Math.floor(turn / 3)}` : `call ${session}.`;
    const body = JSON.stringify({ model: "claude-opus-5-5", stream: turn % 2 === 0, messages: [{ role: "user", content }] });
    const headers = { "x-api-key": key, "x-claude-code-session-id": session };
    const text = await fetch(`${url}/v1/messages`, { method: "POST", headers, body })
      .then((response) => response.text())
      .catch(() => undefined);
    if (text === undefined) return whole;
    if (/message_stop|"end_turn"/.test(text)) whole.push(session);
  }
}

test("a gateway that is killed under load has booked every request that was answered, and every one that a provider answered, exactly once", async () => {
  const dice = createDice(seed);
  const seen = { whole: 0, cached: 0 };
  for (let round = 0; round < 4; round++) {
    upstream.completed = [];
    upstream.plan = [];
    const { url, child } = await start({ CACHE_SECONDS: "60" });
    setTimeout(() => child.kill("SIGKILL"), 200 + dice(400));
    const whole = (await Promise.all(Array.from({ length: 8 }, (_none, index) => askOnAndOn(url, `load-${seed}-${round}-${index}`)))).flat();
    await kill((await start()).child);
    const rows = new Map<string, Row[]>();
    for (const row of await rowsLike(`load-${seed}-${round}-%`)) rows.set(row.session, [...(rows.get(row.session) ?? []), row]);
    expect([...rows.values()].filter((own) => own.length > 1)).toEqual([]);
    for (const session of whole) {
      const [row] = rows.get(session) ?? [];
      const isCached = row?.provider === "cache";
      expect([session, row?.input, isCached || row?.outcome === "completed"]).toEqual([session, isCached ? 0 : 100, true]);
      seen.cached += isCached ? 1 : 0;
    }
    for (const body of upstream.completed) {
      const session = /call ([\w-]+)\./.exec(body)?.[1];
      if (session !== undefined) expect([session, rows.get(session)?.length]).toEqual([session, 1]);
    }
    seen.whole += whole.length;
    expect(readdirSync(journal).filter((name) => name.endsWith(".journal")).length).toBeLessThanOrEqual(1);
  }
  expect([seen.whole > 100, seen.cached > 10]).toEqual([true, true]);
}, 120_000);
