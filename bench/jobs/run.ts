// Thirty jobs at once, through Freehold and without it. bench/README.md says what is measured.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { startJobHome } from "../../tests/support/job-home.ts";
import { freeholdSide, plainSide, type Side } from "./side.ts";

interface Measured {
  name: string;
  succeeded: number;
  /** Units: s, from the first order to the last end. */
  seconds: number;
  /** The most that ran at one moment. */
  atOnce: number;
  /** Units: MiB; the highest sum over the job containers, and over the home's own services. */
  jobsMib: number;
  servicesMib: number;
}

const execute = promisify(execFile);
const goalMib = 12 * 1_024;
const { values } = parseArgs({ options: { jobs: { type: "string", default: "30" }, hold: { type: "string", default: "100" } } });
const count = Number(values.jobs);
const holdSeconds = Number(values.hold);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const home = await startJobHome(count);
try {
  const measured: Measured[] = [];
  for (const side of [freeholdSide(home, holdSeconds), plainSide(home.place, holdSeconds)]) measured.push(await measure(side));
  write(measured);
} finally {
  home.remove();
}

async function measure(side: Side): Promise<Measured> {
  say(`${side.name}: ${count} jobs, each held for ${holdSeconds} s`);
  const began = Date.now();
  const highest = { atOnce: 0, jobsMib: 0, servicesMib: 0 };
  const state = { isOver: false };
  const watching = watch();
  const succeeded = await side.run(count).finally(() => (state.isOver = true));
  const seconds = Math.round((Date.now() - began) / 1_000);
  await watching;
  return { name: side.name, succeeded, seconds, ...highest };

  async function watch(): Promise<void> {
    const isJob = new RegExp(side.containers);
    while (!state.isOver) {
      const all = await memory();
      const jobs = all.filter(({ name }) => isJob.test(name));
      const services = all.filter(({ name }) => name.startsWith(home.place.prefix) && !/-(job|plain)-/.test(name));
      highest.atOnce = Math.max(highest.atOnce, jobs.length);
      highest.jobsMib = Math.max(highest.jobsMib, sum(jobs));
      highest.servicesMib = Math.max(highest.servicesMib, sum(services));
      say(`  ${jobs.length} at once, ${sum(jobs)} MiB`);
    }
  }
}

function sum(rows: readonly { mib: number }[]): number {
  return Math.round(rows.reduce((total, { mib }) => total + mib, 0));
}

/** What each container uses now, without the page cache that it could give back. Takes about two seconds, so it is its own pause. */
async function memory(): Promise<{ name: string; mib: number }[]> {
  const { stdout } = await execute("docker", ["stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}"]);
  return stdout
    .trim()
    .split("\n")
    .flatMap((line) => {
      const found = /^(\S+) ([\d.]+)(KiB|MiB|GiB)/.exec(line);
      if (found === null) return [];
      const [, name = "", amount, unit] = found;
      return [{ name, mib: Number(amount) * { KiB: 1 / 1_024, MiB: 1, GiB: 1_024 }[unit as "KiB" | "MiB" | "GiB"] }];
    });
}

function write(measured: readonly Measured[]): void {
  const [freehold, plain] = measured;
  if (freehold === undefined || plain === undefined) return;
  const total = freehold.jobsMib + freehold.servicesMib;
  const page = [
    `# ${count} jobs at once, ${new Date().toISOString().slice(0, 10)}`,
    `\`node bench/jobs/run.ts --jobs ${count} --hold ${holdSeconds}\` on ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1e9)} GB.`,
    [
      "| side | succeeded | most at once | job containers, MiB at most | Freehold's services, MiB at most | first order to last end |",
      "|---|---|---|---|---|---|",
      ...measured.map(
        (row) => `| ${row.name} | ${row.succeeded} | ${row.atOnce} | ${row.jobsMib} | ${row.name === "freehold" ? row.servicesMib : "–"} | ${row.seconds} s |`,
      ),
    ].join("\n"),
    `Goal: ${count} within ${goalMib} MiB, services included: ${total} MiB, **${total <= goalMib && freehold.succeeded === count && freehold.atOnce === count ? "met" : "missed"}**. ` +
      `A job through Freehold takes ${(freehold.jobsMib / plain.jobsMib).toFixed(2)} × the memory of a plain one, and the whole ${(freehold.seconds / plain.seconds).toFixed(2)} × the time.`,
  ].join("\n\n");
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${new Date().toISOString().slice(0, 10)}.md`), `${page}\n`);
  console.log(page);
}
