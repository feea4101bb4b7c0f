import { nameOf, repeatedCell } from "./cells.ts";
import { ratioOf, type Row, type Spread } from "./figures.ts";
import type { MemorySample, Sample } from "./samples.ts";

/**
 * A goal of the gateway and what was measured. `second` helps to tell the gateway from other work on the machine: the same by CPU time, or,
 * for added times, what the bare pass-through adds.
 */
export interface Verdict {
  goal: string;
  measured: Spread | undefined;
  second: Spread | undefined;
  unit: string;
  isMet: boolean | undefined;
  /** Whether `second` meets it. */
  isMetByCpu?: boolean | undefined;
}

export interface Findings {
  samples: readonly Sample[];
  rows: readonly Row[];
  memory: readonly MemorySample[];
}

const full = nameOf(true, 49_152, 32);
const single = nameOf(true, 49_152, 1);

/** Judges Freehold by its medians; a goal whose other side was not measured stays open. */
export function judge({ samples, rows, memory }: Findings): Verdict[] {
  const rowOf = (cell: string, contender = "freehold") => rows.find((row) => row.contender === contender && row.cell === cell);
  const ratio = (goal: string, to: string, least: number): Verdict => {
    const found = ratioOf(samples, full, { of: "freehold", to });
    return {
      goal,
      measured: found?.wall,
      second: found?.cpu,
      unit: "×",
      isMet: found && found.wall.median >= least,
      isMetByCpu: found?.cpu && found.cpu.median >= least,
    };
  };
  const added = (goal: string, field: "addedP50" | "addedP99", limit: number): Verdict => {
    const measured = rowOf(single)?.[field];
    return { goal, measured, second: rowOf(single, "pass-through")?.[field], unit: "ms", isMet: measured && measured.median < limit };
  };
  const cached = rowOf(repeatedCell.name)?.latencyP50;
  const throughput = rowOf(full);
  const perCore = throughput?.cpuMsPer1000;
  const held = memory.find(({ contender }) => contender === "freehold");
  return [
    added("added time to first token, 48 KB, p50 < 0.5 ms", "addedP50", 0.5),
    added("added time to first token, 48 KB, p99 < 3 ms", "addedP99", 3),
    { goal: "a cached answer, 48 KB, whole, p50 < 1 ms", measured: cached, second: undefined, unit: "ms", isMet: cached && cached.median < 1 },
    {
      goal: "streams a second, 48 KB, one core: ≥ 2,000",
      measured: throughput?.perSecond,
      second: perCore && { median: 1e6 / perCore.median, low: 1e6 / perCore.high, high: 1e6 / perCore.low },
      unit: "/s",
      isMet: throughput && throughput.perSecond.median >= 2_000,
      isMetByCpu: perCore && 1e6 / perCore.median >= 2_000,
    },
    ratio("of the bare pass-through: ≥ 0.6", "pass-through", 0.6),
    ratio("of Portkey's gateway: ≥ 3", "portkey", 3),
    ratio("of LiteLLM: ≥ 30", "litellm", 30),
    {
      goal: "memory at 2,000 concurrent slow streams: < 250 MB",
      measured: held && { median: held.heldMb, low: held.heldMb, high: held.peakMb },
      second: undefined,
      unit: "MB",
      isMet: held && held.opened >= 2_000 && held.heldMb < 250,
    },
  ];
}
