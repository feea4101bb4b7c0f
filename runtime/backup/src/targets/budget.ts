import { Cron } from "croner";
import type { Counts } from "./meter.ts";
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

/**
 * Requests of one piece of work. A small snapshot with its check was counted by the door against both emulators as 15 of class A, 9 of class B and
 * 1 free (restic 0.18, 2026-11-21); new data adds one of class A for every 16 MiB. Those of thinning out and of the daily check are bounds.
 */
export const requestsOf: Record<TargetKind, { snapshot: Requests; check: Requests; prune: Requests; daily: Requests }> = {
  gs: {
    snapshot: { a: 10, b: 6, free: 1 },
    check: { a: 6, b: 4, free: 0 },
    prune: { a: 12, b: 12, free: 40 },
    daily: { a: 7, b: 8, free: 0 },
  },
  s3: {
    snapshot: { a: 10, b: 6, free: 1 },
    check: { a: 6, b: 4, free: 0 },
    prune: { a: 12, b: 12, free: 40 },
    daily: { a: 7, b: 8, free: 0 },
  },
  folder: {
    snapshot: { a: 0, b: 0, free: 0 },
    check: { a: 0, b: 0, free: 0 },
    prune: { a: 0, b: 0, free: 0 },
    daily: { a: 0, b: 0, free: 0 },
  },
};

const dayMs = 86_400_000;
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

type Planned = Pick<TargetSettings, "repository" | "schedule" | "pruneSchedule">;

/** What the schedules will ask for between two moments, besides new data. A check follows every snapshot. */
export function plannedRequests(target: Planned, from: number, until: number, perSnapshot?: Requests): Requests {
  const costs = requestsOf[kindOf(target)];
  const snapshots = runsBetween(target.schedule, from, until);
  const prunes = runsBetween(target.pruneSchedule, from, until);
  const days = Math.ceil((until - from) / dayMs);
  const sum = (kind: keyof Requests) =>
    snapshots * (perSnapshot?.[kind] ?? costs.snapshot[kind] + costs.check[kind]) + prunes * costs.prune[kind] + days * costs.daily[kind];
  return { a: sum("a"), b: sum("b"), free: sum("free") };
}

/** Why the schedules of a target can't be free, in a month of 31 days; undefined when they are. New data is not known yet: the alarm watches it. */
export function refusalOf(target: TargetSettings): string | undefined {
  const { limits, reserved } = target;
  const planned = plannedRequests(target, longMonth.from, longMonth.until);
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
  const to = plannedRequests(target, Math.max(now, start), end, averageRun(counts));
  const used = { a: counts.a, b: counts.b, all: counts.a + counts.b + counts.free };
  const othersUsed = Math.round(reserved.requests * share);
  const lines: (Omit<BudgetLine, "limit"> & { limit: number | undefined })[] = [
    { what: "classA", limit: limits.classA, used: used.a, forecast: used.a + to.a },
    { what: "classB", limit: limits.classB, used: used.b, forecast: used.b + to.b },
    { what: "requests", limit: limits.requests, used: used.all + othersUsed, forecast: used.all + to.a + to.b + to.free + reserved.requests },
    { what: "storageBytes", limit: limits.storageBytes, used: counts.storedBytes + reserved.storageBytes, forecast: storedAtEnd(target, counts, now, end) },
  ];
  return lines.flatMap(({ limit, ...line }) => (limit === undefined ? [] : [{ ...line, limit }]));
}

const averageRun = ({ runs, runRequests }: Readonly<Counts>): Requests | undefined =>
  runs < 5 ? undefined : { a: Math.ceil(runRequests.a / runs), b: Math.ceil(runRequests.b / runs), free: Math.ceil(runRequests.free / runs) };

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
