import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { statOf } from "./tree.ts";

const mostJobs = 10_000;

/**
 * When a sleeper must be awake for its schedules: OpenClaw notes each one's next run in its state, so nothing of a schedule has to be understood here.
 * OpenClaw gives itself some of its own, among them a heartbeat each half hour: for these nobody is woken, or nobody would sleep. The heartbeat counts where somebody wrote
 * what is to be looked at.
 * Shape: `dueAt` is null where nothing is due. Units: milliseconds since 1970.
 * Source: OpenClaw 2026.9.6, tables cron_jobs and cron_job_scratch of state/openclaw.sqlite, field nextRunAtMs of state_json; measured in a home that was never used.
 */
export function nextDue(home: string): { dueAt: number | null } {
  const path = join(home, "state", "openclaw.sqlite");
  if (statOf(join(home, "state"))?.isDirectory() !== true || statOf(path)?.isFile() !== true) return { dueAt: null };
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const times = jobsIn(database).flatMap((job) => (isForItself(job) ? [] : dueIn(String(job.state))));
    return { dueAt: times.length === 0 ? null : Math.min(...times) };
  } finally {
    database.close();
  }
}

interface CronJob {
  state: unknown;
  /** Who declared it: OpenClaw's own names, or what somebody chose. */
  declaredAs: unknown;
  /** What a heartbeat is to look at. */
  notes: unknown;
}

/** An older or newer OpenClaw may note less of a job: it counts then. */
function jobsIn(database: DatabaseSync): CronJob[] {
  const has = (table: string, column: string) => database.prepare("SELECT 1 FROM pragma_table_info(?) WHERE name = ?").get(table, column) !== undefined;
  if (!has("cron_jobs", "state_json")) return [];
  const declaredAs = has("cron_jobs", "declaration_key") ? "declaration_key" : "NULL";
  const notes = has("cron_job_scratch", "content")
    ? "(SELECT content FROM cron_job_scratch s WHERE s.store_key = j.store_key AND s.job_id = j.job_id)"
    : "NULL";
  const query = `SELECT state_json state, ${declaredAs} declaredAs, ${notes} notes FROM cron_jobs j WHERE enabled = 1 AND length(state_json) < 100000 LIMIT ?`;
  return database.prepare(query).all(mostJobs) as unknown as CronJob[];
}

const heartbeat = "heartbeat:";
const upkeep = ["memory-core:", "skill-collection-review:"];

function isForItself({ declaredAs, notes }: CronJob): boolean {
  const name = String(declaredAs ?? "");
  return name.startsWith(heartbeat) ? !saysAnything(String(notes ?? "")) : upkeep.some((own) => name.startsWith(own));
}

/** As OpenClaw judges it: headings and comments alone are nothing to look at. */
const saysAnything = (notes: string): boolean => notes.split("\n").some((line) => !/^\s*(#.*|<!--.*-->)?\s*$/.test(line));

/** The tenant writes what it likes into its home, so only a sensible number counts. */
function dueIn(state: string): number[] {
  try {
    const { nextRunAtMs } = JSON.parse(state) as { nextRunAtMs?: unknown };
    return typeof nextRunAtMs === "number" && Number.isSafeInteger(nextRunAtMs) && nextRunAtMs > 0 && nextRunAtMs < 8.64e15 ? [nextRunAtMs] : [];
  } catch {
    return [];
  }
}
