import { Cron } from "croner";
import type { Counts } from "./meter.ts";
import { listFreshMs } from "../list-age.ts";
import { kindOf, type TargetKind, type TargetSettings } from "./target-settings.ts";

/** Requests of each class. */
export interface Requests {
  a: number;
  b: number;
  free: number;
}

/** One free amount, what of it is used, and what it will come to by the end of the month. */
export interface BudgetLine {
  what: "storageBytes" | "requests" | "classA" | "classB";
  limit: number;
  used: number;
  forecast: number;
}

/** Pieces of work that ask a target for something. */
export const works = ["snapshot", "check", "listing", "daily", "prune"] as const;
export type Work = (typeof works)[number];

const none: Requests = { a: 0, b: 0, free: 0 };

/**
 * Requests of one piece of work, as the door counted them against both emulators (restic 0.18, 2026-11-22; targets.docker.test.ts counts the first three again).
 * On top come five at the start of a process (whether there is a config, what is in it, a key; for the first snapshot whether its repository is there, and
 * the list of snapshots), one for each 16 MiB of new data, and one for each pack that `daily` reads. Of `prune` it is a bound: what it asks depends on what it drops.
 */
export const requestsOf: Record<TargetKind, Record<Work, Requests>> = {
  gs: {
    snapshot: { a: 9, b: 0, free: 1 },
    check: { a: 4, b: 0, free: 0 },
    listing: { a: 2, b: 0, free: 0 },
    daily: { a: 7, b: 0, free: 0 },
    prune: { a: 12, b: 12, free: 40 },
  },
  s3: {
    snapshot: { a: 9, b: 0, free: 1 },
    check: { a: 4, b: 0, free: 0 },
    listing: { a: 2, b: 0, free: 0 },
    daily: { a: 7, b: 0, free: 0 },
    prune: { a: 12, b: 12, free: 40 },
  },
  folder: { snapshot: none, check: none, listing: none, daily: none, prune: none },
};

const packBytes = 16 * 2 ** 20;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A schedule with more runs than this in a month breaks every budget that there is. */
const countedRuns = 50_000;
/** Any month with 31 days that begins a week. Shape: the moment before it begins. */
const longMonth = { from: Date.parse("2026-02-28T23:59:59Z"), until: Date.parse("2026-04-01T00:00:00Z") };

/** How often a schedule is due between two moments. Units: milliseconds since 1970. */
export function runsBetween(pattern: string, from: number, until: number): number {
  const job = new Cron(pattern, { paused: true, timezone: "UTC" });
  let runs = 0;
  for (let next = job.nextRun(new Date(from)); next !== null && next.getTime() < until && runs < countedRuns; next = job.nextRun(next)) runs += 1;
  job.stop();
  return runs;
}

interface Known {
  /** Of the month's own runs. */
  perSnapshot?: Requests | undefined;
  storedBytes: number;
}

type Planned = Pick<TargetSettings, "repository" | "schedule" | "pruneSchedule" | "checkHours">;

/** What the schedules will ask for between two moments, besides new data, if somebody always looks at the list of snapshots. */
export function plannedRequests(target: Planned, from: number, until: number, { perSnapshot, storedBytes }: Known): Requests {
  const costs = requestsOf[kindOf(target)];
  const [snapshots, span] = [runsBetween(target.schedule, from, until), Math.max(0, until - from)];
  const work: readonly (readonly [number, Requests])[] = [
    // What the month's own runs took holds their checks.
    ...(perSnapshot === undefined
      ? ([
          [snapshots, costs.snapshot],
          [checksAmong(snapshots, target.checkHours, span), costs.check],
        ] as const)
      : ([[snapshots, perSnapshot]] as const)),
    [Math.ceil(span / listFreshMs), costs.listing],
    [Math.ceil(span / dayMs), { ...costs.daily, b: costs.daily.b + packsReadDaily(target, storedBytes) }],
    [runsBetween(target.pruneSchedule, from, until), costs.prune],
  ];
  const sum = (kind: keyof Requests) => work.reduce((total, [times, requests]) => total + times * requests[kind], 0);
  return { a: sum("a"), b: sum("b"), free: sum("free") };
}

/** One of thirty parts of the data is read each day, one request for a pack. */
const packsReadDaily = (target: Planned, storedBytes: number): number => (kindOf(target) === "folder" ? 0 : Math.ceil(storedBytes / packBytes / 30));

/** A check follows a snapshot, at most as often as it is due. */
const checksAmong = (snapshots: number, everyHours: number, spanMs: number): number =>
  everyHours === 0 ? snapshots : Math.min(snapshots, Math.ceil(spanMs / (everyHours * hourMs)));

/** Why the schedules of a target can't be free, in a month of 31 days; undefined when they are. New data is not known yet: the alarm watches it. */
export function refusalOf(target: TargetSettings): string | undefined {
  const { limits, reserved } = target;
  const planned = plannedRequests(target, longMonth.from, longMonth.until, { storedBytes: 0 });
  const all = planned.a + planned.b + planned.free + reserved.requests;
  const broken = [
    { what: "class A operations", asked: planned.a, limit: limits.classA },
    { what: "class B operations", asked: planned.b, limit: limits.classB },
    { what: reserved.requests === 0 ? "requests" : `requests (${reserved.requests} of them reserved for others)`, asked: all, limit: limits.requests },
  ].find(({ asked, limit }) => limit !== undefined && asked > limit);
  return broken === undefined
    ? undefined
    : `the schedules of target ${target.name} ask for about ${broken.asked} ${broken.what} a month; ${broken.limit} are free. Let "${target.schedule}" run less often`;
}

/** What of each free amount is used, and will be by the month's end if it goes on so. Units: milliseconds since 1970. */
export function budgetOf(target: TargetSettings, counts: Readonly<Counts>, now: number): BudgetLine[] {
  const { limits, reserved } = target;
  const start = Date.parse(`${counts.month}-01T00:00:00Z`);
  const end = monthAfter(start);
  const share = Math.min(1, Math.max(0, (now - start) / (end - start)));
  const to = plannedRequests(target, Math.max(now, start), end, { perSnapshot: averageRun(counts), storedBytes: counts.storedBytes });
  const used = { a: counts.a, b: counts.b, all: counts.a + counts.b + counts.free };
  const othersUsed = Math.round(reserved.requests * share);
  const lines: (Omit<BudgetLine, "limit"> & { limit: number | undefined })[] = [
    { what: "classA", limit: limits.classA, used: used.a, forecast: Math.round(used.a + to.a) },
    { what: "classB", limit: limits.classB, used: used.b, forecast: Math.round(used.b + to.b) },
    { what: "requests", limit: limits.requests, used: used.all + othersUsed, forecast: Math.round(used.all + to.a + to.b + to.free + reserved.requests) },
    { what: "storageBytes", limit: limits.storageBytes, used: counts.storedBytes + reserved.storageBytes, forecast: storedAtEnd(target, counts, now, end) },
  ];
  return lines.flatMap(({ limit, ...line }) => (limit === undefined ? [] : [{ ...line, limit }]));
}

const averageRun = ({ runs, runRequests }: Readonly<Counts>): Requests | undefined =>
  runs < 5 ? undefined : { a: runRequests.a / runs, b: runRequests.b / runs, free: runRequests.free / runs };

/** Storage grows by what the month's runs have sent so far, each day as much. */
function storedAtEnd({ reserved }: TargetSettings, counts: Readonly<Counts>, now: number, end: number): number {
  const days = Math.max(1, (now - Date.parse(`${counts.month}-01T00:00:00Z`)) / dayMs);
  const left = Math.max(0, (end - now) / dayMs);
  return Math.round(counts.storedBytes + reserved.storageBytes + (counts.runs < 5 ? 0 : (counts.sentBytes / days) * left));
}

/** Lines of which nothing is left: a scheduled run would cost money. */
export const spent = (lines: readonly BudgetLine[]): BudgetLine | undefined => lines.find(({ used, limit }) => used >= limit);

function monthAfter(start: number): number {
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}
