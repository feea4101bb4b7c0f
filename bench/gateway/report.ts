import { cells, type Cell, type Tempo } from "./cells.ts";
import { contenderNames } from "./contenders.ts";
import type { Row, Spread } from "./figures.ts";
import { judge, type Findings, type Verdict } from "./goals.ts";
import type { MemorySample } from "./samples.ts";

export interface Run extends Findings {
  at: string;
  command: string;
  tempo: Tempo;
  /** What was measured, and on what. */
  machine: Record<string, string>;
  versions: Record<string, string>;
  startMs: Record<string, number>;
  /** Peers that were left out, and why. */
  missing: Record<string, string>;
}

/** The result of a run, as a page of Markdown. */
export function renderReport(run: Run): string {
  return [
    `# Gateways side by side, ${run.at.slice(0, 10)}`,
    `\`${run.command}\`, ${roundsOf(run)} rounds. Each figure is the median over the rounds, with the lowest and the highest behind it; how to read it stands in \`bench/README.md\`.`,
    renderGoals(run),
    renderTable("48 KB, streams of 20 tokens", run, (cell) => cell.stream && cell.sizeBytes > 2_000),
    renderTable("1 KB, streams of 20 tokens", run, (cell) => cell.stream && cell.sizeBytes < 2_000),
    renderTable("48 KB, plain answers", run, (cell) => !cell.stream && cell.sizeBytes > 2_000),
    renderTable("1 KB, plain answers", run, (cell) => !cell.stream && cell.sizeBytes < 2_000),
    renderMemory(run.memory, run.tempo.slowStreams),
    renderPlace(run),
  ].join("\n\n");
}

const roundsOf = ({ rows }: Run): number => Math.max(0, ...rows.map(({ rounds }) => rounds));

function renderGoals(run: Run): string {
  const lines = judge(run).map((verdict) => {
    const { goal, measured, second, unit } = verdict;
    return `| ${goal} | ${withSpread(measured, unit)} | ${withSpread(second, unit)} | ${wordOf(verdict)} |`;
  });
  return [
    "## Freehold and its goals",
    "",
    "| goal | measured | by CPU time; for added times, what the pass-through adds | |",
    "|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function wordOf({ isMet, isMetByCpu }: Verdict): string {
  if (isMet === undefined) return "not measured";
  if (isMet) return "met";
  return isMetByCpu === true ? "**missed**; met by CPU time" : "**missed**";
}

function renderTable(title: string, { rows }: Run, belongs: (cell: Cell) => boolean): string {
  const [one, many] = [1, 32].map((count) => cells.find((cell) => !cell.isRepeated && belongs(cell) && cell.connections === count)?.name);
  const first = title.includes("streams") ? "first token" : "answer";
  const head = [
    `## ${title}`,
    "",
    `| | requests/s, 32 connections | CPU ms for 1,000 | ${first} p50 / p99 ms, 1 connection | added p50 | added p99 | gateway's core | harness's core | errors |`,
    "|---|---|---|---|---|---|---|---|---|",
  ];
  const present = contenderNames.filter((name) => rows.some(({ contender }) => contender === name));
  const lines = present.map((contender) => {
    const of = (cell: string | undefined) => rows.find((row) => row.contender === contender && row.cell === cell);
    return renderRow(contender, of(one), of(many));
  });
  return [...head, ...lines].join("\n");
}

function renderRow(contender: string, one: Row | undefined, many: Row | undefined): string {
  const errors = (one?.errors ?? 0) + (many?.errors ?? 0);
  const why = one?.why ?? many?.why;
  return [
    "",
    contender,
    withSpread(many?.perSecond),
    withSpread(many?.cpuMsPer1000),
    one === undefined ? "–" : `${number((one.ttftP50 ?? one.latencyP50).median)} / ${number((one.ttftP99 ?? one.latencyP99).median)}`,
    withSpread(one?.addedP50),
    withSpread(one?.addedP99),
    percent(contender === "direct" ? undefined : many?.gatewayShare),
    percent(many?.harnessShare),
    why === undefined ? errors : `${errors} (${why.slice(0, 60).replaceAll(/[|\n]/g, " ")})`,
    "",
  ]
    .join(" | ")
    .trim();
}

function renderMemory(memory: readonly MemorySample[], wanted: number): string {
  const lines = memory.map(
    ({ contender, opened, openSeconds, idleMb, heldMb, peakMb, why }) =>
      `| ${contender} | ${number(idleMb)} | ${number(heldMb)} | ${number(peakMb)} | ${opened} | ${openSeconds.toFixed(1)} | ${why === undefined ? "" : why.slice(0, 80).replaceAll(/[|\n]/g, " ")} |`,
  );
  return [
    `## Memory with ${wanted.toLocaleString("en")} concurrent slow streams, bodies of 48 KB`,
    "",
    "| | MB when started | MB while they run | MB at its highest, all rounds included | streams open | seconds to open them | |",
    "|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function renderPlace({ machine, versions, startMs, missing, rows, tempo }: Run): string {
  const busy = rows.map(({ othersShare }) => othersShare);
  const others = busy.length === 0 ? "" : `${percent(Math.min(...busy))} to ${percent(Math.max(...busy))} of a core`;
  const list = (pairs: Record<string, string>) => Object.entries(pairs).map(([name, value]) => `- ${name}: ${value}`);
  return [
    "## Where and what",
    "",
    ...list(machine),
    `- other work on the machine meanwhile, PostgreSQL included: ${others}`,
    `- time of a cell: ${tempo.runMs} ms (${tempo.slowRunMs} ms for those under 100 requests/s) after ${tempo.warmMs} ms of warming up`,
    ...list(versions),
    ...Object.entries(startMs).map(([name, ms]) => `- ${name} took ${Math.round(ms)} ms from its start to its first answer`),
    ...Object.entries(missing).map(([name, why]) => `- **${name} was not measured**: ${why}`),
    "",
  ].join("\n");
}

const withSpread = (found: Spread | undefined, unit = ""): string =>
  found === undefined ? "–" : `${number(found.median)}${unit === "" ? "" : ` ${unit}`} (${number(found.low)}–${number(found.high)})`;

const percent = (share: number | undefined): string => (share === undefined ? "–" : `${Math.round(share * 100)} %`);

function number(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
