import { expect, test } from "@jest/globals";
import { renderReport } from "./report.ts";
import { isMet, spreadOf, timed, type Figure } from "./samples.ts";

const figure = (more: Partial<Figure>): Figure => ({
  name: "a read",
  baseline: "the select",
  unit: "ms",
  worker: { p50: 4, p99: 20 },
  plain: { p50: 1, p99: 2 },
  ...more,
});

test("a spread has the median and the value that one in a hundred exceeds", () => {
  expect(spreadOf(Array.from({ length: 1_000 }, (_none, index) => index))).toEqual({ p50: 500, p99: 990 });
});

test("what is timed is each repetition, in order", async () => {
  const seen: number[] = [];
  const { p50 } = await timed(3, async (index) => seen.push(index));
  expect([seen, p50 >= 0]).toEqual([[0, 1, 2], true]);
});

test.each([
  [{ p50: 5, p99: 25 }, true],
  [{ p50: 3 }, false],
  [{ p99: 19 }, false],
  [{ least: 4 }, true],
  [{ least: 5 }, false],
  [{ exactly: 4 }, true],
  [{ exactly: 0 }, false],
] as const)("the goal %j is judged %p", (goal, expected) => {
  expect(isMet(figure({ goal }))).toBe(expected);
});

test("the page shows both sides, the CPU time, the goal and the verdict", () => {
  const figures = [
    figure({ goal: { p50: 5, p99: 10 }, worker: { p50: 4, p99: 20, cpuMs: 1.234 } }),
    figure({ name: "lines", unit: "/s", worker: { p50: 123_456.7 }, plain: undefined, goal: { least: 100_000 } }),
  ];
  const page = renderReport({
    at: "2026-11-21T10:00:00Z",
    command: "node run.ts",
    machine: "2 cores",
    versions: { Node: "24" },
    jobs: 100_000,
    memoryMb: 99.6,
    figures,
  });
  expect(page).toContain("| a read | 4.00 / 20 ms | 1.23 | 1.00 / 2.00 ms | the select | ≤ 5 / ≤ 10 | **missed** |");
  expect(page).toContain("| lines | 123,457/s |  |  | the select | ≥ 100,000/s | met |");
  expect(page).toContain("memory at the end: 100 MB. 2 cores; Node 24.");
});
