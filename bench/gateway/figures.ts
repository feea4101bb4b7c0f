import type { Sample } from "./samples.ts";

/** A figure over the rounds. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

/** One contender in one cell, over all rounds. Units: as in a sample. */
export interface Row {
  contender: string;
  cell: string;
  rounds: number;
  count: number;
  errors: number;
  why: string | undefined;
  perSecond: Spread;
  latencyP50: Spread;
  latencyP99: Spread;
  ttftP50: Spread | undefined;
  ttftP99: Spread | undefined;
  /** To the first token, or to the whole answer where there is no stream, beyond what `direct` took in the same round. */
  addedP50: Spread | undefined;
  addedP99: Spread | undefined;
  cpuMsPer1000: Spread | undefined;
  gatewayShare: number;
  harnessShare: number;
  othersShare: number;
}

/** The value below which a share of the values lies; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Throws: RangeError when there is no value. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("A spread needs a value.");
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
  return { median, low: sorted[0] as number, high: sorted.at(-1) as number };
}

const spreadOf = (values: readonly (number | undefined)[]): Spread | undefined => {
  const known = values.filter((value): value is number => value !== undefined && !Number.isNaN(value));
  return known.length === 0 ? undefined : spread(known);
};

/** Puts the rounds together; contenders and cells keep the order in which they first came. */
export function summarise(samples: readonly Sample[]): Row[] {
  const groups = Map.groupBy(samples, ({ contender, cell }) => `${cell} ${contender}`);
  return [...groups.values()].map((group) => rowOf(group, samples));
}

function rowOf(group: readonly Sample[], all: readonly Sample[]): Row {
  const [{ contender, cell }] = group as [Sample];
  const added = (share: "p50" | "p99") => {
    if (contender === "direct") return undefined;
    return spreadOf(
      group.map((sample) => {
        const direct = all.find((other) => other.contender === "direct" && other.cell === cell && other.round === sample.round);
        return direct === undefined ? undefined : firstAnswer(sample)[share] - firstAnswer(direct)[share];
      }),
    );
  };
  const median = (of: (sample: Sample) => number) => spread(group.map(of)).median;
  return {
    contender,
    cell,
    rounds: group.length,
    count: group.reduce((sum, sample) => sum + sample.count, 0),
    errors: group.reduce((sum, sample) => sum + sample.errors, 0),
    why: group.find(({ why }) => why !== undefined)?.why,
    perSecond: spread(group.map((sample) => sample.perSecond)),
    latencyP50: spread(group.map(({ latency }) => latency.p50)),
    latencyP99: spread(group.map(({ latency }) => latency.p99)),
    ttftP50: spreadOf(group.map(({ ttft }) => ttft?.p50)),
    ttftP99: spreadOf(group.map(({ ttft }) => ttft?.p99)),
    addedP50: added("p50"),
    addedP99: added("p99"),
    cpuMsPer1000: spreadOf(group.map((sample) => sample.cpuMsPer1000)),
    gatewayShare: median((sample) => sample.gatewayShare),
    harnessShare: median((sample) => sample.harnessShare),
    othersShare: median((sample) => sample.othersShare),
  };
}

const firstAnswer = ({ ttft, latency }: Sample): { p50: number; p99: number } => ttft ?? latency;

/** How many times one contender does what another does, round by round: two neighbours in time have the same noise. */
export function ratioOf(
  samples: readonly Sample[],
  cell: string,
  { of, to }: { of: string; to: string },
): { wall: Spread; cpu: Spread | undefined } | undefined {
  const pairs = samples.flatMap((sample) => {
    const other = samples.find((one) => one.contender === to && one.cell === cell && one.round === sample.round);
    return sample.contender === of && sample.cell === cell && other !== undefined && other.count > 0 ? [{ sample, other }] : [];
  });
  if (pairs.length === 0) return undefined;
  return {
    wall: spread(pairs.map(({ sample, other }) => sample.perSecond / other.perSecond)),
    cpu: spreadOf(pairs.map(({ sample, other }) => (sample.cpuMsPer1000 === undefined ? undefined : (other.cpuMsPer1000 ?? Number.NaN) / sample.cpuMsPer1000))),
  };
}
