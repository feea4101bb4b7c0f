import type { MissedPolicy, ScheduleView } from "@freehold/kernel/api/schedule";
import type { Work } from "@freehold/kernel/schedules/work";

export interface ScheduleRow {
  id: string;
  name: string;
  expression: string;
  time_zone: string;
  work: Work;
  max_attempts: number;
  timeout_ms: string | null;
  no_overlap: boolean;
  missed: MissedPolicy;
  missed_limit: number;
  source: string | null;
  paused_at: Date | null;
  problem: string | null;
  planned_at: Date;
  next_due_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

export function toView(row: ScheduleRow): ScheduleView {
  const { work } = row;
  return {
    id: row.id,
    name: row.name,
    schedule: row.expression,
    timeZone: row.time_zone,
    prompt: work.kind === "prompt" ? work.prompt : null,
    model: work.kind === "prompt" ? (work.model ?? null) : null,
    command: work.kind === "command" ? work.argv : null,
    environment: work.kind === "command" ? Object.keys(work.environment) : [],
    maxAttempts: row.max_attempts,
    timeoutMs: row.timeout_ms === null ? null : Number(row.timeout_ms),
    noOverlap: row.no_overlap,
    missed: row.missed,
    missedLimit: row.missed_limit,
    source: row.source,
    pausedAt: row.paused_at?.toISOString() ?? null,
    problem: row.problem,
    nextDueAt: row.paused_at === null ? (row.next_due_at?.toISOString() ?? null) : null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
