import Anthropic, { APIConnectionError, APIError, APIUserAbortError } from "@anthropic-ai/sdk";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { faults, lateFaults, startFaultyUpstream, textOf, type FaultName, type FaultyUpstream, type Plan } from "./testing/faulty-upstream.ts";
import { startGateway, type TestGateway } from "./testing/fixtures.ts";

/** 1,000 by setting; the seed of a run that failed is in its message. */
const runs = Number(process.env["FREEHOLD_FAULT_RUNS"] ?? 150);
// One seed for every run: a gate must give the same answer twice. Another seed looks for new faults.
const seed = Number(process.env["FREEHOLD_FAULT_SEED"] ?? 7);

const timeouts = { connectMs: 200, firstByteMs: 200, idleMs: 200, answerMs: 200 };
let upstreams: FaultyUpstream[];
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  upstreams = await Promise.all(["one", "two", "three"].map((name) => startFaultyUpstream(name)));
  const entries = upstreams.map(({ name, url }) => ({
    name,
    kind: "anthropic",
    baseUrl: url,
    keys: [{ value: `a-${name}` }, { value: `b-${name}` }],
    timeouts,
  }));
  const away = { name: "refused", kind: "anthropic", baseUrl: "http://127.0.0.1:1", timeouts };
  const nowhere = { name: "nowhere", kind: "anthropic", baseUrl: "http://nowhere.invalid", timeouts };
  const providers = [away, ...entries, nowhere];
  gateway = await startGateway({ GATEWAY_CONFIG: JSON.stringify({ providers }), PING_AFTER_MS: "50", CACHE_SECONDS: "300" });
  ({ key } = await gateway.mint());
});
afterAll(async () => {
  await gateway.close();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

/** Numbers from 0 up to `below`, the same ones for the same seed. Source: mulberry32, by Tommy Ettinger, in the public domain. */
function createDice(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

type Told = { kind: "success"; text: string; provider: string } | { kind: "left" } | { kind: "broken" } | { kind: "error"; error: APIError };

interface Asked {
  session: string;
  streams: boolean;
  told: Told;
}

const names = [...(Object.keys(faults) as FaultName[]), ...(Object.keys(lateFaults) as FaultName[])];
const client = () => new Anthropic({ apiKey: key, baseURL: gateway.url, maxRetries: 0, timeout: 15_000 });

async function ask(dice: (below: number) => number, run: number, index: number): Promise<Asked> {
  const session = `${seed}-${run}-${index}`;
  const streams = dice(2) === 0;
  const leave = new AbortController();
  const leaver = dice(6) === 0 ? setTimeout(() => leave.abort(), dice(250)) : undefined;
  const options = { headers: { "x-claude-code-session-id": session }, signal: leave.signal };
  const params = { model: "claude-opus-5-5", max_tokens: 100, messages: [{ role: "user" as const, content: `run ${run}, call ${index}` }] };
  try {
    const answer = await (streams
      ? client()
          .messages.create({ ...params, stream: true }, options)
          .withResponse()
      : client().messages.create(params, options).withResponse());
    const provider = answer.response.headers.get("x-freehold-provider") ?? "";
    const told = "content" in answer.data ? answer.data : await collect(answer.data);
    // The client ends its iteration in silence when it is aborted.
    if (told === undefined) return { session, streams, told: { kind: leave.signal.aborted ? "left" : "broken" } };
    const text = told.content.map((block) => (block.type === "text" ? block.text : "")).join("");
    return { session, streams, told: { kind: "success", text, provider } };
  } catch (thrown) {
    return { session, streams, told: toldBy(thrown) };
  } finally {
    clearTimeout(leaver);
  }
}

/** Puts a stream together as a careful client does: only `message_stop` is an end. */
async function collect(events: AsyncIterable<Anthropic.RawMessageStreamEvent>): Promise<{ content: { type: "text"; text: string }[] } | undefined> {
  let text = "";
  for await (const event of events) {
    if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
    if (event.type === "message_stop") return { content: [{ type: "text", text }] };
  }
  return undefined;
}

function toldBy(thrown: unknown): Told {
  if (thrown instanceof APIUserAbortError || (thrown instanceof Error && thrown.name === "AbortError")) return { kind: "left" };
  if (thrown instanceof APIError && !(thrown instanceof APIConnectionError)) return { kind: "error", error: thrown };
  throw thrown;
}

/** What an error of any status must be like. */
function expectClean({ status, headers, error }: APIError): void {
  const said: { error?: { type?: string } } | undefined = error;
  expect(said).toMatchObject({ type: "error", error: { type: expect.stringMatching(/^[a-z_]+$/), message: expect.stringMatching(/\S/) } });
  expect(JSON.stringify(said)).not.toMatch(/acme-corp|127\.0\.0\.1|invalid:|\.ts:/);
  expect(said?.error?.type).not.toBe("overloaded_error");
  if (status === undefined) return;
  expect([401, 402, 403, 404, 429, 500, 502, 503, 504]).toContain(status);
  expect(headers?.get("request-id")).toMatch(/^req_/);
  const givesUp = headers?.get("x-should-retry") === "false";
  const wait = Number(headers?.get("retry-after") ?? Number.NaN);
  if ([401, 402, 403].includes(status)) expect(givesUp).toBe(true);
  if (status === 429 || status >= 500) expect(givesUp || (wait >= 1 && wait <= 60)).toBe(true);
}

function expectTold({ told }: Asked): void {
  if (told.kind === "error") expectClean(told.error);
  // A stream of events always ends with message_stop or with an `error` event.
  expect(told.kind).not.toBe("broken");
  // The head of a stream may have gone out, with pings, before it was known who would answer.
  if (told.kind === "success") expect(told.provider === "" ? ["one", "two", "three"].map(textOf) : [textOf(told.provider)]).toContain(told.text);
}

interface Row {
  outcome: string;
  status: number;
  input: number;
}

async function booked(session: string): Promise<Row[]> {
  const { rows } = await gateway.db.query<Row>("select outcome, status, input_tokens::int as input from requests where session_id = $1", [session]);
  return rows;
}

/** One entry per call, of what the caller saw, and one answer charged at most. */
async function expectBooked({ session, told }: Asked): Promise<void> {
  const rows = await booked(session);
  // Who leaves before the request is read to its end is not in the books.
  if (told.kind === "left" && rows.length === 0) return;
  expect(rows).toHaveLength(1);
  const [row] = rows as [Row];
  if (told.kind === "success") expect(row).toEqual({ outcome: "completed", status: 200, input: 100 });
  else if (told.kind === "error") expect(row).toMatchObject({ outcome: "failed", status: told.error.status ?? 200 });
  expect([0, 100]).toContain(row.input);
}

async function runOnce(run: number): Promise<Asked[]> {
  const dice = createDice(seed + run * 7_919);
  for (const upstream of upstreams) upstream.completed = 0;
  // In a storm everything fails in one way, so that the last word is about that.
  const storm = dice(3) === 0 ? (names[dice(names.length)] as FaultName) : undefined;
  for (const upstream of upstreams)
    upstream.plan =
      storm === undefined
        ? Array.from({ length: dice(4) }, (): Plan[number] => (dice(4) === 0 ? "good in small pieces" : (names[dice(names.length)] as FaultName)))
        : Array<FaultName>(6).fill(storm);
  if (storm !== undefined || dice(2) === 0) for (const { name } of upstreams) await gateway.admin(`/admin/providers/${name}/reset`, { method: "POST" });
  const firstLine = gateway.lines.length;
  const asked = await Promise.all(Array.from({ length: 1 + dice(3) }, (_none, index) => ask(dice, run, index)));
  for (const one of asked) expectTold(one);
  // Each good answer that a provider finished has reached its caller: none was asked for twice, but after one that came too late.
  const count = (kind: Told["kind"]) => asked.filter(({ told }) => told.kind === kind).length;
  const completed = upstreams.reduce((sum, upstream) => sum + upstream.completed, 0);
  expect(completed).toBeGreaterThanOrEqual(count("success"));
  const late = gateway.lines.slice(firstLine).filter((line) => line.includes('"provider.timeout"')).length;
  expect(completed).toBeLessThanOrEqual(count("success") + count("left") + late);
  await until("no call left open upstream", () => upstreams.every((upstream) => upstream.open() === 0), { everyMs: 5, timeoutMs: 3_000 });
  return asked;
}

test(
  `${runs} seeded runs: no hang, no wrong success, one entry in the books per call, nothing left open`,
  async () => {
    const asked: Asked[] = [];
    for (let run = 0; run < runs; run++) {
      try {
        asked.push(...(await runOnce(run)));
      } catch (cause) {
        throw new Error(`Run ${run} of seed ${seed} (FREEHOLD_FAULT_SEED) went wrong: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    }
    await gateway.usageOf();
    for (const one of asked) await expectBooked(one);
    // The run means something only if it has seen all that may happen.
    for (const kind of ["success", "error", "left"]) expect(asked.some(({ told }) => told.kind === kind)).toBe(true);
    expect(await gateway.metrics.text()).toMatch(/^gateway_requests_active 0$/m);
    await gateway.gateway.close();
    await until("all connections to the providers to be closed", async () =>
      (await Promise.all(upstreams.map((upstream) => upstream.connections()))).every((count) => count === 0),
    );
  },
  Math.max(60_000, runs * 2_000),
);
