import type { Verdict } from "./judge.ts";

export interface About {
  /** Shape: ISO 8601. */
  at: string;
  runs: number;
  /** The machine's load of the last minute when the run ended, this run's own included. */
  otherWork: number;
  machine: string;
  versions: Record<string, string>;
}

const goal = 95;

/** The page for people. */
export function renderReport(about: About, verdicts: readonly Verdict[]): string {
  const missed = verdicts.filter(({ scores }) => Object.values(scores).some((score) => score < goal));
  return `${[
    `# The console, judged by Lighthouse, ${about.at.slice(0, 10)}`,
    `Goal: ${goal} or more of 100 for performance, accessibility and best practices, on each page. ${
      missed.length === 0 ? "Reached everywhere." : `Missed: ${missed.map(({ page, form }) => `${page} (${form})`).join(", ")}.`
    }`,
    table(verdicts),
    remarks(verdicts),
    [
      `- Each page ${about.runs === 1 ? "once" : `${about.runs} times`}; the run with the middle performance is shown, in brackets the lowest and the highest performance.`,
      "- `desktop` and `mobile` are Lighthouse's own settings; on `mobile` the connection and the processor are slowed by calculation.",
      `- ${about.machine}; its load was ${about.otherWork.toFixed(1)}`,
      `- ${Object.entries(about.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ")}`,
    ].join("\n"),
  ]
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

function table(verdicts: readonly Verdict[]): string {
  const head =
    "| page | form | performance | accessibility | best practices | first paint | largest paint | blocked | shift | KB |\n|---|---|---|---|---|---|---|---|---|---|";
  return [head, ...verdicts.map(rowOf)].join("\n");
}

function rowOf({ page, form, scores, performances, figures }: Verdict): string {
  const spread = performances.length === 1 ? "" : ` (${Math.min(...performances)}–${Math.max(...performances)})`;
  const ms = (value: number) => `${Math.round(value)} ms`;
  const cells = [
    page,
    form,
    `${scores.performance}${spread}`,
    scores.accessibility,
    scores["best-practices"],
    ms(figures["first-contentful-paint"]),
    ms(figures["largest-contentful-paint"]),
    ms(figures["total-blocking-time"]),
    figures["cumulative-layout-shift"].toFixed(3),
    Math.round(figures["total-byte-weight"] / 1_000),
  ];
  return `| ${cells.join(" | ")} |`;
}

function remarks(verdicts: readonly Verdict[]): string {
  const lines = verdicts.filter(({ remarks }) => remarks.length > 0).map(({ page, form, remarks }) => `- ${page} (${form}): ${remarks.join("; ")}`);
  return lines.length === 0 ? "" : `What Lighthouse would have otherwise:\n\n${lines.join("\n")}`;
}
