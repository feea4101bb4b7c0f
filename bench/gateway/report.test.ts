import { expect, test } from "@jest/globals";
import { cells, quick } from "./cells.ts";
import { summarise } from "./figures.ts";
import { judge } from "./goals.ts";
import type { MemorySample, Sample } from "./samples.ts";
import { renderReport, type Run } from "./report.ts";

const speeds: Record<string, number> = { direct: 3_000, "pass-through": 3_000, freehold: 2_400, portkey: 500, litellm: 60 };
const samplesOf = (contenders: readonly string[]): Sample[] =>
  cells.flatMap(({ name, stream }) =>
    contenders.map((contender) => ({
      contender,
      cell: name,
      round: 1,
      count: 1_000,
      errors: 0,
      why: undefined,
      perSecond: speeds[contender] ?? 1,
      latency: { p50: 1, p99: 2 },
      ttft: stream ? { p50: contender === "direct" ? 0.25 : 0.6, p99: contender === "direct" ? 0.5 : 4 } : undefined,
      cpuMsPer1000: contender === "direct" ? undefined : 1e6 / (speeds[contender] ?? 1),
      gatewayShare: 1,
      harnessShare: 0.6,
      othersShare: 0.1,
    })),
  );
const held = (more: Partial<MemorySample> = {}): MemorySample => ({
  contender: "freehold",
  opened: 2_000,
  openSeconds: 1,
  idleMb: 120,
  heldMb: 220,
  peakMb: 230,
  why: undefined,
  ...more,
});
const runOf = (samples: Sample[], memory: MemorySample[], more: Partial<Run> = {}): Run => ({
  samples,
  rows: summarise(samples),
  memory,
  at: "2026-11-21T12:00:00.000Z",
  command: "node bench/gateway/run.ts",
  tempo: quick,
  machine: { machine: "2 cores" },
  versions: { Node: "24" },
  startMs: { freehold: 400 },
  missing: {},
  ...more,
});
const verdicts = (run: Run) => judge(run).map(({ goal, isMet }) => [goal.split(/[,:]/, 1)[0], isMet]);

test("each goal is judged by its own figure: what is reached, what is missed, and what could not be told", () => {
  expect(verdicts(runOf(samplesOf(["direct", "pass-through", "freehold", "portkey", "litellm"]), [held()]))).toEqual([
    ["added time to first token", true],
    ["added time to first token", false],
    ["a cached answer", false],
    ["streams a second", true],
    ["of the bare pass-through", true],
    ["of Portkey's gateway", true],
    ["of LiteLLM", true],
    ["memory at 2", true],
  ]);
  expect(verdicts(runOf(samplesOf(["freehold"]), []))).toEqual([
    ["added time to first token", undefined],
    ["added time to first token", undefined],
    ["a cached answer", false],
    ["streams a second", true],
    ["of the bare pass-through", undefined],
    ["of Portkey's gateway", undefined],
    ["of LiteLLM", undefined],
    ["memory at 2", undefined],
  ]);
});

test("what was missed only because other work took the core is said so", () => {
  const samples = samplesOf(["direct", "pass-through", "freehold"]).map((sample) => (sample.contender === "freehold" ? { ...sample, perSecond: 900 } : sample));
  const page = renderReport(runOf(samples, []));
  expect(page).toMatch(/one core: ≥ 2,000 \|.*\| \*\*missed\*\*; met by CPU time \|/);
  expect(page).toMatch(/pass-through: ≥ 0.6 \|.*\| \*\*missed\*\*; met by CPU time \|/);
});

test("memory counts only when all the streams were open", () => {
  expect(judge(runOf([], [held({ opened: 1_999 })])).at(-1)?.isMet).toBe(false);
  expect(judge(runOf([], [held({ heldMb: 251 })])).at(-1)?.isMet).toBe(false);
});

test("the page has the contenders in the same order in every table, tells what was left out, and keeps its tables whole", () => {
  const page = renderReport(
    runOf(
      samplesOf(["litellm", "freehold", "direct"]).map((sample) =>
        sample.contender === "litellm" ? { ...sample, errors: 2, why: "status 500: a | b\nc" } : sample,
      ),
      [held()],
      { missing: { portkey: "npm ci failed" } },
    ),
  );
  expect(page).toContain("**portkey was not measured**: npm ci failed");
  expect(page).toContain("| **missed** |");
  expect([...page.matchAll(/^\| (direct|freehold|litellm) \|/gm)].map(([, name]) => name)).toEqual([
    ...Array.from({ length: 4 }, () => ["direct", "freehold", "litellm"]).flat(),
    "freehold",
  ]);
  for (const table of page.split("\n\n").filter((part) => part.startsWith("|"))) {
    const widths = table.split("\n").map((line) => line.split("|").length);
    expect(new Set(widths).size).toBe(1);
  }
});
