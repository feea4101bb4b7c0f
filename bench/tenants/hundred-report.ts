import { median, table, type Verdict } from "./https-report.ts";
import type { ManyNetworks } from "./many-networks.ts";
import type { MemoryFigures } from "./memory-watch.ts";

/** Units: milliseconds, MB. */
export interface HundredFigures {
  count: number;
  /** How many of them run OpenClaw; the others a stand-in that starts in a moment. */
  real: number;
  eachMb: number;
  tenantsMb: number;
  evictIdleMs: number;
  /** The limits of the home's services together. */
  servicesMb: number;
  networks: ManyNetworks;
  definedMs: number;
  together: { awake: number; ms: number };
  idleMb: number[];
  /** How many came at once. */
  visitors: number;
  visitsMs: number[];
  /** To a real one that had gone for others. */
  backMs: number;
  /** Starts that the assistant gave up, which it does where a CPU has no time for it. */
  diedStarts: number;
  evictions: number;
  /** Of these, who was not the longest idle. */
  wrong: number;
  /** Different networks that tenants were seen on. */
  subnets: number;
  memory: MemoryFigures;
}

const machineMb = 12_288;

export function judgeHundred(figures: HundredFigures): Verdict[] {
  const { count, networks, together, visitsMs, evictions, wrong, subnets, memory, servicesMb } = figures;
  const capsMb = memory.capsPeakMb + servicesMb;
  return [
    { goal: `${count} networks at one time`, measured: `${networks.atOnce}`, reached: networks.atOnce === count },
    { goal: "6 or more real assistants awake together", measured: `${together.awake}`, reached: together.awake >= 6 },
    { goal: `limits of tenants and services within ${machineMb} MB at any time`, measured: `at most ${capsMb} MB`, reached: capsMb <= machineMb },
    {
      goal: "every other one wakes by a request, each on its own network",
      measured: `${visitsMs.length + 1} visits served, ${subnets} networks`,
      reached: visitsMs.length + figures.real === count && subnets === count,
    },
    { goal: "who makes place is the longest idle", measured: `${evictions} times, ${wrong} wrong`, reached: wrong === 0 && evictions > 0 },
    { goal: "nobody is killed for memory", measured: `${memory.outOfMemory}`, reached: memory.outOfMemory === 0 },
  ];
}

export interface HundredPage {
  day: string;
  machine: string;
  figures: HundredFigures;
  verdicts: readonly Verdict[];
}

export function renderHundred({ day, machine, figures, verdicts }: HundredPage): string {
  const { count, real, eachMb, tenantsMb, evictIdleMs, networks, definedMs, together, idleMb, visitors, visitsMs, backMs, memory, servicesMb, diedStarts } =
    figures;
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const rows: [string, string][] = [
    [`${count} networks with edge, gateway and egress on each: laid, removed`, `${seconds(networks.ms)}, ${seconds(networks.removedMs)}`],
    [`${count} tenants defined: home folder, configuration, key, token`, seconds(definedMs)],
    [`${real} real assistants woken, two at a time, until the last was served`, seconds(together.ms)],
    ["memory of each, 20 s later", `${idleMb.join(", ")} MB`],
    [
      `a visit to one that sleeps, which puts another to sleep (stand-in, ${visitors} at a time): median, longest`,
      `${seconds(median(visitsMs))}, ${seconds(Math.max(...visitsMs))}`,
    ],
    ["a visit to a real one that had gone for others", seconds(backMs)],
    ["most awake at one time", `${memory.mostAwake}`],
    ["most memory of tenants together", `${memory.tenantsPeakMb} MB`],
    ["most memory of the home's services together", `${memory.servicesPeakMb} MB of ${servicesMb} MB`],
    ["starts that ended by themselves and were taken again", `${diedStarts}`],
    ["limits of tenants together, at most", `${memory.capsPeakMb} MB of ${tenantsMb} MB`],
  ];
  return [
    `# A hundred tenants on 12 GB, ${day}`,
    "",
    `Machine: ${machine}, with a load of ${memory.load.median} (median) and up to ${memory.load.most}. A load beyond the CPUs is other work, which bends all times; how many were there, and what memory they took, it does not bend.`,
    `The bound is the sum of the containers' limits, which never exceeds what may be promised: ${eachMb} MB for each tenant, ${tenantsMb} MB for all that are awake.`,
    `${real} tenants run the real OpenClaw, the other ${count - real} the tests' stand-in in the same image's walls with the same limits, so that a run ends within the hour;`,
    `real are Caddy, console, manager, gateway, PostgreSQL and every network. Who was active within ${evictIdleMs / 1_000} s makes no place (in a home: 60 s).`,
    "",
    ...table(
      ["goal", "measured", ""],
      verdicts.map(({ goal, measured, reached }) => [goal, measured, reached ? "reached" : "missed"]),
    ),
    "",
    ...table(["", ""], rows),
    "",
  ].join("\n");
}
