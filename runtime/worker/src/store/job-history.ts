import type { Queryable } from "@freehold/kernel/postgres";
import type { AttemptRow, JobRow, TurnRow } from "./rows.ts";

/** The attempts and later turns of some jobs, in their order; with `characters`, so many of each turn's prompt. */
export async function historyOf(
  client: Queryable,
  jobs: readonly Pick<JobRow, "id" | "turn">[],
  characters = 1_000_000,
): Promise<{ attempts: AttemptRow[]; turns: TurnRow[] }> {
  if (jobs.length === 0) return { attempts: [], turns: [] };
  const { rows: attempts } = await client.query<AttemptRow>(
    `select job_id, number, turn, state, session_id, started_at, finished_at, exit_code, error_code, error_message from attempts
     where job_id = any($1) order by job_id, number`,
    [jobs.map((job) => job.id)],
  );
  const resumed = jobs.filter((job) => job.turn > 1);
  if (resumed.length === 0) return { attempts, turns: [] };
  const { rows: turns } = await client.query<TurnRow>(
    "select job_id, number, left(prompt, $2) as prompt, at from job_turns where job_id = any($1) order by job_id, number",
    [resumed.map((job) => job.id), characters],
  );
  return { attempts, turns };
}
