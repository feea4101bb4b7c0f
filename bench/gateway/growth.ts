// Loads Freehold's gateway for a long time and tells whether its memory grows. bench/README.md says how to read it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Failure } from "../../infra/cli/failure.ts";
import globalSetup from "../../tests/support/global-setup.ts";
import globalTeardown from "../../tests/support/global-teardown.ts";
import { until } from "../../tests/support/until.ts";
import { freePort, startContender, type Contender } from "./contenders.ts";
import { judgeGrowth, renderGrowth, type GrowthSample } from "./growth-verdict.ts";
import { runLoad, type Bench } from "./load.ts";
import { endAll, Pinned } from "./pinned.ts";
import { prepareTools } from "./tools.ts";

const usage = "node bench/gateway/growth.ts [--minutes 60] [--every-seconds 30] [--connections 16] [--per-second 200] [--out FOLDER]";
const say = (line: string): void => void process.stderr.write(`${line}\n`);
/** One run of the load generator; between two of them nothing is asked for a moment. Units: milliseconds. */
const sliceMs = 10_000;

interface Options {
  minutes: number;
  everySeconds: number;
  connections: number;
  /** Requests. An even load, which the gateway serves whatever else the machine does: memory follows the load, and only then tells of growth. */
  perSecond: number;
  outFolder: string;
}

process.on("exit", endAll);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
try {
  await main(readOptions());
} catch (fault) {
  say(fault instanceof Failure ? `${fault.message}\n  What to do: ${fault.cure}` : String((fault as Error).stack));
  process.exitCode = 1;
}

async function main(options: Options): Promise<void> {
  const tools = await prepareTools([], say);
  const folder = mkdtempSync(join(tmpdir(), "freehold-growth-"));
  await globalSetup();
  try {
    const port = await freePort();
    const argv = [tools.harness, "mock", `-port=${port}`];
    const mock = new Pinned({ argv, env: { GOMAXPROCS: "1", GOGC: "400" }, core: 0, logFile: join(folder, "mock.log") });
    const mockAddress = `127.0.0.1:${port}`;
    await until("the mock to answer", async () => (await fetch(`http://${mockAddress}/counts`)).ok);
    const gateway = await startContender("freehold", { tools, mock: mockAddress, core: 1, folder, profileFolder: undefined });
    const { samples, errors } = await load({ harness: tools.harness, core: 0, mock, mockAddress }, gateway, options);
    await gateway.close();
    await mock.stop();
    write(options, gateway.version, samples, errors);
  } finally {
    globalTeardown();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Streams and plain answers in turn, large and small bodies, as long as is asked for. */
async function load(
  bench: Bench,
  gateway: Contender,
  { minutes, everySeconds, connections, perSecond }: Options,
): Promise<{ samples: GrowthSample[]; errors: number }> {
  const samples: GrowthSample[] = [];
  let requests = 0;
  let errors = 0;
  const began = performance.now();
  const look = async () => {
    const sample = { seconds: (performance.now() - began) / 1_000, requests, ...(await memoryOf(gateway)) };
    samples.push(sample);
    say(`${Math.round(sample.seconds)} s: ${requests} requests, ${sample.rssMb.toFixed(1)} MB, heap ${sample.heapMb.toFixed(1)} MB, ${errors} errors`);
  };
  for (let turn = 0; performance.now() - began < minutes * 60_000; turn++) {
    const cell = { name: "growth", stream: turn % 3 !== 2, sizeBytes: turn % 2 === 0 ? 49_152 : 1_024, connections, isRepeated: false };
    const done = await runLoad(bench, gateway, { cell, warmMs: 0, runMs: sliceMs, perSecond });
    requests += done.count;
    errors += done.errors;
    if (performance.now() - began >= samples.length * everySeconds * 1_000) await look();
  }
  return { samples, errors };
}

/** Read from its own metrics, as an owner would. Units: megabytes. */
async function memoryOf({ address }: Contender): Promise<Pick<GrowthSample, "rssMb" | "heapMb" | "sockets">> {
  const text = await (await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(30_000) })).text();
  const of = (name: string) => {
    const value = new RegExp(`^${name} ([\\d.e+]+)$`, "m").exec(text)?.[1];
    if (value === undefined) throw new Error(`The gateway's metrics have no ${name}.`);
    return Number(value);
  };
  return { rssMb: of("process_resident_memory_bytes") / 1e6, heapMb: of("nodejs_heap_size_used_bytes") / 1e6, sockets: of("process_open_fds") };
}

function write({ minutes, outFolder }: Options, version: string, samples: readonly GrowthSample[], errors: number): void {
  const verdict = judgeGrowth(samples);
  const page = renderGrowth({ at: new Date().toISOString(), minutes, version, errors, samples, verdict });
  mkdirSync(outFolder, { recursive: true });
  const name = `${new Date().toISOString().slice(0, 10)}-growth`;
  writeFileSync(join(outFolder, `${name}.md`), page);
  writeFileSync(join(outFolder, `${name}.json`), `${JSON.stringify({ minutes, version, errors, verdict, samples }, undefined, 1)}\n`);
  process.stdout.write(page);
  if (errors > 0 || verdict.grows !== false) process.exitCode = 1;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "60" },
      "every-seconds": { type: "string", default: "30" },
      connections: { type: "string", default: "16" },
      "per-second": { type: "string", default: "200" },
      out: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  const number = (name: string, given: string) => {
    const value = Number(given);
    if (!(value > 0)) throw new Failure(`--${name} ${given} is no number above 0.`, usage);
    return value;
  };
  return {
    minutes: number("minutes", values.minutes),
    everySeconds: number("every-seconds", values["every-seconds"]),
    connections: number("connections", values.connections),
    perSecond: number("per-second", values["per-second"]),
    outFolder: values.out ?? join(import.meta.dirname, "results"),
  };
}
