/** One figure of the worker, and the same of the plain thing beside it. */
export interface Figure {
  name: string;
  /** What the plain side does. */
  baseline: string;
  unit: "ms" | "/s" | "";
  worker: Spread;
  plain: Spread | undefined;
  goal?: Goal | undefined;
}

/** One value, or those of a distribution. */
export interface Spread {
  p50: number;
  p99?: number | undefined;
  /** The worker's own CPU time for each, or for a thousand lines; other work on the machine hardly changes it. Units: milliseconds. */
  cpuMs?: number | undefined;
}

/** What the home promises; `p50` and `p99` are upper bounds of times, `least` a lower one of a rate, `exactly` a number. */
export type Goal = { p50?: number; p99?: number } | { least: number } | { exactly: number };

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

/** How long each repetition took. Units: milliseconds. */
export async function timed(times: number, action: (index: number) => Promise<unknown>): Promise<Spread> {
  const took: number[] = [];
  for (let index = 0; index < times; index++) {
    const from = performance.now();
    await action(index);
    took.push(performance.now() - from);
  }
  return spreadOf(took);
}

export function isMet({ worker, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  if ("least" in goal) return worker.p50 >= goal.least;
  if ("exactly" in goal) return worker.p50 === goal.exactly;
  return worker.p50 <= (goal.p50 ?? Number.POSITIVE_INFINITY) && (worker.p99 ?? worker.p50) <= (goal.p99 ?? Number.POSITIVE_INFINITY);
}
