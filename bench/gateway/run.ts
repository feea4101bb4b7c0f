// Compares Freehold's gateway with others, side by side, on loopback. bench/README.md says what is measured and how to read it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Failure } from "../../infra/cli/failure.ts";
import globalSetup from "../../tests/support/global-setup.ts";
import globalTeardown from "../../tests/support/global-teardown.ts";
import { until } from "../../tests/support/until.ts";
import { cells, full, quick, type Cell } from "./cells.ts";
import { contenderNames, freePort, type ContenderName } from "./contenders.ts";
import { summarise } from "./figures.ts";
import { endAll, goFirst, Pinned } from "./pinned.ts";
import { renderReport, type Run } from "./report.ts";
import { measureAll, type Measured } from "./rounds.ts";
import { prepareTools, type PeerName } from "./tools.ts";

const usage = `node bench/gateway/run.ts [--quick] [--only ${contenderNames.join(",")}] [--cells ${cells.map(({ name }) => name).join(",")}] [--out FOLDER] [--profile FOLDER]`;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Options {
  isQuick: boolean;
  names: readonly ContenderName[];
  cells: readonly Cell[];
  outFolder: string;
  profileFolder: string | undefined;
}

process.on("exit", endAll);
// The load generator is of this session.
goFirst("self");
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
try {
  await main(readOptions());
} catch (fault) {
  say(fault instanceof Failure ? `${fault.message}\n  What to do: ${fault.cure}` : String((fault as Error).stack));
  process.exitCode = 1;
}

async function main(options: Options): Promise<void> {
  if (availableParallelism() < 2) throw new Failure("The measurement needs two cores.", "Run it on a machine, or with a CPU set, that has two or more.");
  const peers = options.names.filter((name): name is PeerName => name === "litellm" || name === "portkey");
  const tools = await prepareTools(peers, say);
  const tempo = options.isQuick ? quick : full;
  const folder = mkdtempSync(join(tmpdir(), "freehold-bench-"));
  if (options.names.some((name) => name.startsWith("freehold"))) await globalSetup();
  try {
    const port = await freePort();
    const argv = [tools.harness, "mock", `-port=${port}`];
    const mock = new Pinned({ argv, env: { GOMAXPROCS: "1", GOGC: "400" }, core: 0, logFile: join(folder, "mock.log") });
    const mockAddress = `127.0.0.1:${port}`;
    await until("the mock to answer", async () => (await fetch(`http://${mockAddress}/counts`)).ok);
    const measured = await measureAll({
      names: options.names,
      tempo,
      cells: options.cells,
      around: { tools, mock: mockAddress, core: 1, folder, profileFolder: options.profileFolder },
      bench: { harness: tools.harness, core: 0, mock, mockAddress },
      say,
    });
    await mock.stop();
    write(options, { ...measured, ...describe(measured, options), tempo });
  } finally {
    globalTeardown();
    rmSync(folder, { recursive: true, force: true });
  }
}

function describe({ samples, versions }: Measured, { isQuick, names, cells: chosen }: Options): Pick<Run, "at" | "command" | "machine" | "versions" | "rows"> {
  return {
    at: new Date().toISOString(),
    command: `node bench/gateway/run.ts${isQuick ? " --quick" : ""}${names.length === contenderNames.length ? "" : ` --only ${names.join(",")}`}${chosen.length === cells.length ? "" : ` --cells ${chosen.map(({ name }) => name).join(",")}`}`,
    rows: summarise(samples),
    machine: {
      machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1e9)} GB, ${process.platform} ${release()} ${arch()}`,
      cores: "core 1 has the gateway alone; core 0 has the mock and the load generator",
    },
    versions: { Node: process.versions.node, ...versions },
  };
}

/** Writes the page for people and the same for programs, named by day, and prints the page. */
function write({ outFolder, isQuick }: Options, run: Run): void {
  mkdirSync(outFolder, { recursive: true });
  const name = `${run.at.slice(0, 10)}${isQuick ? "-quick" : ""}`;
  const page = renderReport(run);
  writeFileSync(join(outFolder, `${name}.md`), page);
  writeFileSync(join(outFolder, `${name}.json`), `${JSON.stringify(run, (_key, value: unknown) => rounded(value), 1)}\n`);
  process.stdout.write(page);
}

function rounded(value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      cells: { type: "string" },
      out: { type: "string" },
      profile: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  const names = pick("contender", contenderNames, values.only);
  const chosen = pick(
    "kind of load",
    cells.map(({ name }) => name),
    values.cells,
  );
  return {
    isQuick: values.quick,
    names: contenderNames.filter((name) => name === "direct" || names.includes(name)),
    cells: cells.filter(({ name }) => chosen.includes(name)),
    outFolder: values.out ?? join(import.meta.dirname, "results"),
    profileFolder: values.profile,
  };
}

/** Those of a list that are asked for, all of them unless some are. Throws: Failure when there is no such thing. */
function pick<T extends string>(what: string, all: readonly T[], given: string | undefined): readonly T[] {
  if (given === undefined) return all;
  const asked = given.split(",");
  const unknown = asked.filter((name) => !(all as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Failure(`There is no ${what} ${unknown.join(", ")}.`, usage);
  return all.filter((name) => asked.includes(name));
}
