import { isMet, type Figure, type Goal, type Spread } from "./samples.ts";

export interface Run {
  at: string;
  command: string;
  machine: string;
  versions: Record<string, string>;
  jobs: number;
  memoryMb: number;
  figures: Figure[];
}

/** The result of a run, as a page of Markdown. */
export function renderReport({ at, command, machine, versions, jobs, memoryMb, figures }: Run): string {
  const rows = figures.map((figure) => {
    const { name, baseline, unit, worker, plain, goal } = figure;
    return `| ${name} | ${shown(worker, unit)} | ${worker.cpuMs === undefined ? "" : worker.cpuMs.toFixed(2)} | ${plain === undefined ? "" : shown(plain, unit)} | ${baseline} | ${goalOf(goal, unit)} | ${wordOf(isMet(figure))} |`;
  });
  return [
    `# The worker, ${at.slice(0, 10)}`,
    `\`${command}\`, with ${jobs.toLocaleString("en-US")} jobs stored. Two values are p50 / p99; what stands beside them is the plain thing in the same run. bench/README.md says how to read it.`,
    ["| | worker | its CPU, ms | plain | what the plain one does | goal | |", "|---|---|---|---|---|---|---|", ...rows].join("\n"),
    `Worker's memory at the end: ${Math.round(memoryMb)} MB. ${machine}; ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.\n`,
  ].join("\n\n");
}

const wordOf = (met: boolean | undefined) => (met === undefined ? "" : met ? "met" : "**missed**");

function shown({ p50, p99 }: Spread, unit: Figure["unit"]): string {
  const number = (value: number) => (unit === "ms" ? value.toFixed(value < 10 ? 2 : 0) : Math.round(value).toLocaleString("en-US"));
  return `${number(p50)}${p99 === undefined ? "" : ` / ${number(p99)}`}${unit === "" ? "" : unit === "ms" ? " ms" : unit}`;
}

function goalOf(goal: Goal | undefined, unit: Figure["unit"]): string {
  if (goal === undefined) return "";
  if ("least" in goal) return `≥ ${goal.least.toLocaleString("en-US")}${unit}`;
  if ("exactly" in goal) return String(goal.exactly);
  return [goal.p50, goal.p99].map((bound) => (bound === undefined ? "–" : `≤ ${bound}`)).join(" / ");
}
