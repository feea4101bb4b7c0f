// Measures the worker's API, queue and logs beside plain things that do the least of the same. bench/README.md says how to read it.
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import globalSetup from "../../tests/support/global-setup.ts";
import globalTeardown from "../../tests/support/global-teardown.ts";
import { measureClaims, measureReads, measureWrites, type Tempo } from "./api.ts";
import { measureAppend, measureReplay, measureWatchers } from "./logs.ts";
import { endChildren, openPlace, type Place } from "./place.ts";
import { renderReport } from "./report.ts";
import type { Figure } from "./samples.ts";
import { seedJobs } from "./seed.ts";

const full: Tempo = { jobs: 100_000, reads: 1_000, writes: 500, claims: 600, floodLines: 400_000, replays: 10, lines: 100, watchers: 1_000 };
const quick: Tempo = { jobs: 100_000, reads: 200, writes: 100, claims: 150, floodLines: 100_000, replays: 3, lines: 20, watchers: 1_000 };

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false }, only: { type: "string" }, out: { type: "string" } } });
const say = (line: string) => void process.stderr.write(`${line}\n`);
process.on("exit", endChildren);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
await globalSetup();
try {
  await main(values.quick ? quick : full);
} finally {
  globalTeardown();
}

async function main(tempo: Tempo): Promise<void> {
  const place = await openPlace();
  try {
    say(`Storing ${tempo.jobs} jobs.`);
    const seeded = await seedJobs(place.pool, tempo.jobs);
    const figures: Figure[] = [];
    const steps: [string, () => Promise<Figure | Figure[]>][] = [
      ["reads", () => measureReads(place, tempo, seeded)],
      ["writes", () => measureWrites(place, tempo)],
      ["claims", () => measureClaims(place, tempo)],
      ["append", () => measureAppend(place, tempo)],
      ["replay", () => measureReplay(place, tempo)],
      ["watchers", () => measureWatchers(place, tempo)],
    ];
    for (const [name, measure] of steps) {
      if (values.only?.split(",").includes(name) === false) continue;
      say(`${new Date().toISOString().slice(11, 19)} Measuring ${name}.`);
      figures.push(...[await measure()].flat());
    }
    await write(place, tempo, figures);
  } finally {
    await place.close();
  }
}

/** Writes the page for people and the same for programs, named by day, and prints the page. */
async function write(place: Place, tempo: Tempo, figures: Figure[]): Promise<void> {
  const { rows } = await place.pool.query<{ server_version: string }>("show server_version");
  const run = {
    at: new Date().toISOString(),
    command: `node bench/worker/run.ts${values.quick ? " --quick" : ""}`,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1e9)} GB, ${process.platform} ${release()} ${arch()}`,
    versions: { Node: process.versions.node, PostgreSQL: rows[0]?.server_version ?? "" },
    jobs: tempo.jobs,
    memoryMb: place.memoryMb(),
    figures,
  };
  const folder = values.out ?? join(import.meta.dirname, "results");
  const name = `${run.at.slice(0, 10)}${values.quick ? "-quick" : ""}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.md`), renderReport(run));
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(run, undefined, 1)}\n`);
  process.stdout.write(renderReport(run));
}
