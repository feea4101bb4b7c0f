import type { Gap, Pause } from "./place.ts";

/** One backup under load. Units: milliseconds. */
export interface Held {
  /** From freeze to thaw, as Docker tells it. */
  containerMs: number;
  /** The writer's longest gap while the backup ran. */
  writerMs: number;
  /** From the lease's beginning to the moment at which it was given back, as the snapshot says. */
  leaseMs: number;
  /** Of the whole backup. */
  tookMs: number;
}

/** What was taken or sent, by one contender. */
export interface Work {
  seconds: number;
  bytes: number;
  objects: number;
}

export interface Contender {
  name: "Freehold" | "restic, live" | "tar + gzip, live";
  /** What was left out is undefined. */
  first?: Work | undefined;
  /** After 1 % has changed; absent for tar, which always takes everything. */
  changed?: Work | undefined;
  /** 24 hourly runs, with how many of them were really made. */
  day?: { bytes: number; objects: number; runs: number } | undefined;
  /** Whether the copy of two databases made while they were written to is whole, and how many rows they are apart: 0 or 1 at any one moment. */
  underLoad?: { whole: boolean; apart: number } | undefined;
  restore?: { seconds: number; different: number } | undefined;
}

export const parts = ["pause", "day", "restore"] as const;
export type Part = (typeof parts)[number];

export interface Figures {
  date: string;
  /** What was measured; the other goals are left out. */
  parts: readonly Part[];
  machine: string;
  load: { before: number; after: number };
  size: { mb: number; files: number };
  rows: number;
  held: Held[];
  /** The writer's longest gap in so many seconds without a backup. */
  idle: { seconds: number; longestMs: number } | undefined;
  contenders: Contender[];
  /** Requests of the bucket in the day, as the service counts them. */
  dayRequests: number | undefined;
  /** Of the restored tenant, until a client gets an answer; undefined where it did not start. Units: milliseconds. */
  bootMs: number | undefined;
  firstBootMs: number;
}

/** The value that a share of all does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The writer's longest gap that ended or was under way between two moments; 0 for none worth telling. */
export const longestGap = (gaps: readonly Gap[], from: number, until: number): number =>
  Math.max(0, ...gaps.filter(({ at, gapMs }) => at >= from && at - gapMs <= until).map(({ gapMs }) => gapMs));

/** How long the container stood still between two moments, at once. Throws: Error when it never did. */
export function longestPause(pauses: readonly Pause[], from: number, until: number): number {
  const found = pauses.filter((pause) => pause.from >= from && pause.from <= until);
  if (found.length === 0) throw new Error("A backup of a tenant that runs held it still at no moment: nothing was measured.");
  return Math.max(...found.map((pause) => pause.until - pause.from));
}

export interface Verdict {
  goal: string;
  limit: string;
  measured: string;
  met: boolean;
}

const ms = (value: number) => `${Math.round(value)} ms`;

/** Each goal with what was measured; a figure that is missing is a goal that was missed. */
export function judge({ parts: asked, size, held, contenders, bootMs }: Figures): Verdict[] {
  const own = contenders.find(({ name }) => name === "Freehold");
  const pause = (what: string, values: readonly number[]): Verdict[] =>
    (
      [
        [0.5, 250],
        [0.99, 1_000],
      ] as const
    ).map(([share, limit]) => {
      const measured = percentile(values, share);
      return { goal: `p${share * 100} of ${what}`, limit: `≤ ${limit} ms`, measured: ms(measured), met: held.length >= 20 && measured <= limit };
    });
  const seconds = (goal: string, value: number | undefined, limit: number): Verdict => ({
    goal,
    limit: `≤ ${limit} s`,
    measured: value === undefined ? "not measured" : `${value.toFixed(1)} s`,
    met: value !== undefined && value <= limit,
  });
  const ofPause = [
    ...pause(
      "the container's pause",
      held.map(({ containerMs }) => containerMs),
    ),
    ...pause(
      "the writer's longest gap",
      held.map(({ writerMs }) => writerMs),
    ),
    seconds("a backup after 1 % changed", own?.changed?.seconds, 10),
  ];
  const ofRestore = [
    seconds("a restore", own?.restore?.seconds, 60),
    {
      goal: "the restored home is equal: content, mode, owner, time, links",
      limit: "no difference",
      measured: `${own?.restore?.different ?? "?"} entries differ`,
      met: own?.restore?.different === 0,
    },
    {
      goal: "the restored tenant boots",
      limit: "once",
      measured: bootMs === undefined ? "it did not" : `ready after ${(bootMs / 1_000).toFixed(1)} s`,
      met: bootMs !== undefined,
    },
  ];
  const ofSize = { goal: "a home of the size that the goals are for", limit: "≥ 2000 MB", measured: `${size.mb} MB`, met: size.mb >= 2_000 };
  return [ofSize, ...(asked.includes("pause") ? ofPause : []), ...(asked.includes("restore") ? ofRestore : [])];
}
