import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { statOf } from "./tree.ts";

const mostJobs = 10_000;

/**
 * When the assistant's schedules are due next: OpenClaw notes each one's next run in its state, so nothing of a schedule has to be understood here.
 * Shape: `dueAt` is null where nothing is due. Units: milliseconds since 1970.
 * Source: OpenClaw 2026.9.6, table cron_jobs of state/openclaw.sqlite, field nextRunAtMs of state_json.
 */
export function nextDue(home: string): { dueAt: number | null } {
  const path = join(home, "state", "openclaw.sqlite");
  if (statOf(join(home, "state"))?.isDirectory() !== true || statOf(path)?.isFile() !== true) return { dueAt: null };
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const table = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'cron_jobs'").get();
    if (table === undefined) return { dueAt: null };
    const rows = database.prepare("SELECT state_json FROM cron_jobs WHERE enabled = 1 AND length(state_json) < 100000 LIMIT ?").all(mostJobs);
    const times = rows.flatMap(({ state_json: state }) => dueIn(String(state)));
    return { dueAt: times.length === 0 ? null : Math.min(...times) };
  } finally {
    database.close();
  }
}

/** The tenant writes what it likes into its home, so only a sensible number counts. */
function dueIn(state: string): number[] {
  try {
    const { nextRunAtMs } = JSON.parse(state) as { nextRunAtMs?: unknown };
    return typeof nextRunAtMs === "number" && Number.isSafeInteger(nextRunAtMs) && nextRunAtMs > 0 && nextRunAtMs < 8.64e15 ? [nextRunAtMs] : [];
  } catch {
    return [];
  }
}
