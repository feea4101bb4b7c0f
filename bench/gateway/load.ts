import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Cell, Tempo } from "./cells.ts";
import type { Contender } from "./contenders.ts";
import { percentile } from "./figures.ts";
import { machineTicks, type Pinned } from "./pinned.ts";
import type { MemorySample, Sample } from "./samples.ts";

export interface Bench {
  harness: string;
  core: number;
  mock: Pinned;
  mockAddress: string;
}

/** Units: milliseconds. */
export interface Timing {
  cell: Cell;
  round: number;
  warmMs: number;
  runMs: number;
}

interface Result {
  count: number;
  seconds: number;
  cpuSeconds: number;
  errors: number;
  why?: string;
  latencyMs: number[];
  ttftMs: number[];
}

interface Moment {
  at: number;
  gateway: number;
  mock: number;
  machine: ReturnType<typeof machineTicks>;
}

/** Measures one cell. The contender must be awake. */
export async function measureCell(bench: Bench, contender: Contender, { cell, round, warmMs, runMs }: Timing): Promise<Sample> {
  const look = (): Moment => ({
    at: performance.now(),
    gateway: contender.process?.cpuSeconds() ?? 0,
    mock: bench.mock.cpuSeconds(),
    machine: machineTicks(),
  });
  const moments: Moment[] = [];
  const argv = [...aim(contender, cell), ...flag("warm-ms", warmMs), ...flag("run-ms", runMs)];
  const servedBefore = await served(bench);
  const result = await spawnLoad<Result>(bench, argv, () => moments.push(look()));
  const reached = (await served(bench)) - servedBefore;
  // The mock counts our own question as well.
  if (cell.isRepeated ? reached > 2 : reached < result.count)
    throw new Error(`${contender.name} gave ${result.count} answers, of which the mock made ${reached}: a cache has ${cell.isRepeated ? "not " : ""}answered.`);
  const [before, after] = moments;
  if (before === undefined || after === undefined) throw new Error("The load generator did not tell when it began and ended.");
  const seconds = (after.at - before.at) / 1_000;
  const own = after.gateway - before.gateway + (after.mock - before.mock) + result.cpuSeconds;
  const { count, errors, why, latencyMs, ttftMs } = result;
  const machineSeconds = (after.machine.used - before.machine.used) / 100;
  return {
    contender: contender.name,
    cell: cell.name,
    round,
    count,
    errors,
    why,
    perSecond: count / result.seconds,
    latency: { p50: percentile(latencyMs, 0.5), p99: percentile(latencyMs, 0.99) },
    ttft: cell.stream ? { p50: percentile(ttftMs, 0.5), p99: percentile(ttftMs, 0.99) } : undefined,
    cpuMsPer1000: contender.process === undefined || count === 0 ? undefined : ((after.gateway - before.gateway) * 1e6) / count,
    gatewayShare: (after.gateway - before.gateway) / seconds,
    harnessShare: (after.mock - before.mock + result.cpuSeconds) / seconds,
    othersShare: Math.max(0, machineSeconds - own) / seconds,
  };
}

/** Between two events of a slow stream; a whole one takes a minute, so that none ends while memory is read. Units: milliseconds. */
const paceMs = 3_000;

/** Opens slow streams with bodies of 48 KB and reads the memory while they run. */
export async function measureMemory(bench: Bench, contender: Contender, tempo: Tempo): Promise<MemorySample> {
  const cell: Cell = { name: "slow", stream: true, sizeBytes: 49_152, connections: tempo.slowStreams, isRepeated: false };
  await pace(bench, paceMs);
  let heldMb = 0;
  const watch = setInterval(() => (heldMb = Math.max(heldMb, contender.process?.memory().now ?? 0)), 250);
  try {
    const argv = [...aim(contender, cell), "-hold", ...flag("warm-ms", tempo.openMs), ...flag("run-ms", tempo.holdMs), ...flag("patience-ms", 120_000)];
    const { opened, seconds, failed, ended, why } = await spawnLoad<{ opened: number; seconds: number; failed: number; ended: number; why: string }>(
      bench,
      argv,
      () => (heldMb = 0),
    );
    const lost = failed + ended === 0 ? undefined : `${failed} failed and ${ended} ended early. ${why}`;
    const peakMb = contender.process?.memory().peak ?? 0;
    return { contender: contender.name, opened, openSeconds: seconds - tempo.holdMs / 1_000, idleMb: contender.idleMb, heldMb, peakMb, why: lost };
  } finally {
    clearInterval(watch);
    await pace(bench, 0);
  }
}

/** Lets a contender's compiler see both kinds of requests before anything is counted. Returns requests a second, for what they are worth. */
export async function heat(bench: Bench, contender: Contender, ms: number): Promise<number> {
  let count = 0;
  for (const stream of [true, false]) {
    const cell: Cell = { name: "heat", stream, sizeBytes: 49_152, connections: 8, isRepeated: false };
    count += (await runLoad(bench, contender, { cell, warmMs: 0, runMs: Math.round(ms / 2) })).count;
  }
  return (count * 1_000) / ms;
}

/** Loads a contender for a while, when only the sums are wanted; `perSecond` requests at most, where it is given. */
export function runLoad(
  bench: Bench,
  contender: Contender,
  { cell, warmMs, runMs, perSecond = 0 }: Omit<Timing, "round"> & { perSecond?: number },
): Promise<Pick<Result, "count" | "errors" | "why">> {
  return spawnLoad<Result>(bench, [...aim(contender, cell), ...flag("warm-ms", warmMs), ...flag("run-ms", runMs), ...flag("per-second", perSecond)], () => {});
}

/** One request to its end, after a contender was frozen: what it had let lapse meanwhile, it asks for again before anything is counted. */
export async function wake({ address, headers }: Contender): Promise<void> {
  const body = JSON.stringify({ model: "claude-sonnet-4-5", max_tokens: 16, messages: [{ role: "user", content: `awake ${performance.now()}` }] });
  const init = { method: "POST", headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", ...headers }, body };
  await (await fetch(`http://${address}/v1/messages`, { ...init, signal: AbortSignal.timeout(10_000) })).text();
}

/** How many answers the mock has made. */
async function served({ mockAddress }: Bench): Promise<number> {
  const counts = (await (await fetch(`http://${mockAddress}/counts`)).json()) as { served: number };
  return counts.served;
}

async function pace({ mockAddress }: Bench, ms: number): Promise<void> {
  await fetch(`http://${mockAddress}/pace?ms=${ms}`);
}

const flag = (name: string, value: string | number | boolean): string[] => [`-${name}=${value}`];

const aim = (contender: Contender, cell: Cell): string[] => [
  ...flag("address", contender.address),
  ...flag("headers", JSON.stringify(contender.headers)),
  ...flag("stream", cell.stream),
  ...flag("size", cell.sizeBytes),
  ...flag("connections", cell.connections),
  ...flag("same", cell.isRepeated),
];

/** Runs the load generator to its end; `onMark` is called at each of its marks, and the last line is the result. */
async function spawnLoad<T>({ harness, core }: Bench, argv: string[], onMark: () => void): Promise<T> {
  const child = spawn("taskset", ["-c", String(core), harness, "load", ...argv], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { GOMAXPROCS: "1", GOGC: "400" },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  let last: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (/"event":"(?:begin|end|opened)"/.test(line)) onMark();
  }
  const code = await ended;
  if (code !== 0 || last === undefined) throw new Error(`The load generator ended with ${code}.`);
  return JSON.parse(last) as T;
}
