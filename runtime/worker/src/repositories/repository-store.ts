import type { Client, Pool, Queryable } from "@freehold/kernel/postgres";
import { fault } from "../errors.ts";
import { requireFor } from "./credentials.ts";
import { branchOfJob, type DeliveryMode, type RepositoryRequest } from "./repository-request.ts";

export type DeliveryState = "none" | "waiting" | "delivered" | "nothing" | "failed";

/** The repository of a job, as it is stored. */
export interface JobRepository {
  jobId: string;
  url: string;
  branch: string | null;
  newBranch: string;
  credential: string | null;
  /** Null until the workspace was prepared. */
  base: { branch: string; commit: string } | null;
  mode: DeliveryMode;
  delivery: DeliveryState;
  tries: number;
  deliveredCommit: string | null;
  pullRequestUrl: string | null;
  problem: string | null;
  deliveryEndedAt: string | null;
}

interface Row {
  job_id: string;
  url: string;
  branch: string | null;
  new_branch: string;
  credential: string | null;
  base_branch: string | null;
  base_commit: string | null;
  mode: DeliveryMode;
  delivery: DeliveryState;
  tries: number;
  delivered_commit: string | null;
  pull_request_url: string | null;
  problem: string | null;
  delivery_ended_at: Date | null;
}

/** Notes what a new job works on, in the transaction that makes it. Throws: AppError `credential.unknown`, `credential.other-origin`. */
export async function addRepository(client: Client, jobId: string, repository: RepositoryRequest | undefined): Promise<void> {
  if (repository === undefined) return;
  const { url, branch, newBranch, credential, deliver } = repository;
  if (credential !== undefined) await requireFor(client, credential, url);
  await client.query("insert into job_repositories (job_id, url, branch, new_branch, credential, mode) values ($1, $2, $3, $4, $5, $6)", [
    jobId,
    url,
    branch ?? null,
    newBranch ?? branchOfJob(jobId),
    credential ?? null,
    deliver,
  ]);
}

/** Undefined for a job without a repository. */
export async function findRepository(client: Queryable, jobId: string): Promise<JobRepository | undefined> {
  const { rows } = await client.query<Row>("select * from job_repositories where job_id = $1", [jobId]);
  return rows[0] === undefined ? undefined : toRepository(rows[0]);
}

/** Throws: AppError `repository.none`. */
export async function requireRepository(client: Queryable, jobId: string): Promise<JobRepository> {
  const found = await findRepository(client, jobId);
  if (found === undefined) throw fault("repository.none", `Job ${jobId} was made without a repository.`);
  return found;
}

export async function notePrepared(pool: Pool, jobId: string, base: { branch: string; commit: string }): Promise<void> {
  await pool.query("update job_repositories set base_branch = $2, base_commit = $3, prepared_at = now() where job_id = $1", [jobId, base.branch, base.commit]);
}

/** Asks for a delivery now, whatever became of the last one. */
export async function requestDelivery(client: Queryable, jobId: string, mode: Exclude<DeliveryMode, "none">): Promise<void> {
  await client.query(
    "update job_repositories set mode = $2, delivery = 'waiting', tries = 0, next_try_at = now(), delivery_ended_at = null, problem = null where job_id = $1",
    [jobId, mode],
  );
}

/**
 * Takes one job whose work is to be delivered: one that succeeded since the last delivery, or one that was asked for. Whoever takes it has it for
 * so long; if it dies another does it again, which does no harm. Units: milliseconds.
 */
export async function claimDelivery(pool: Pool, heldMs: number): Promise<(JobRepository & { title: string }) | undefined> {
  const { rows } = await pool.query<Row & { title: string }>(
    `update job_repositories r set delivery = 'waiting', delivery_ended_at = null, next_try_at = now() + $1 * interval '1 millisecond',
       tries = case when r.delivery = 'waiting' then r.tries + 1 else 1 end
     from jobs j where j.id = r.job_id and r.job_id = (
       select r.job_id from job_repositories r join jobs j on j.id = r.job_id
       where r.mode <> 'none' and r.base_commit is not null and r.next_try_at <= now() and j.state in ('succeeded', 'failed', 'cancelled')
         and (r.delivery = 'waiting' or (j.state = 'succeeded' and (r.delivery_ended_at is null or j.finished_at > r.delivery_ended_at)))
       order by r.job_id limit 1 for update of r skip locked)
     returning r.*, j.title`,
    [heldMs],
  );
  return rows[0] === undefined ? undefined : { ...toRepository(rows[0]), title: rows[0].title };
}

/** Keeps it for so long from now. Units: milliseconds. */
export async function holdDelivery(pool: Pool, jobId: string, heldMs: number): Promise<void> {
  await pool.query("update job_repositories set next_try_at = now() + $2 * interval '1 millisecond' where job_id = $1 and delivery = 'waiting'", [
    jobId,
    heldMs,
  ]);
}

export type DeliveryEnd = { state: "delivered"; commit: string; pullRequestUrl: string | null } | { state: "nothing" } | { state: "failed"; problem: string };

export async function endDelivery(pool: Pool, jobId: string, end: DeliveryEnd): Promise<void> {
  const done = end.state === "delivered" ? end : undefined;
  await pool.query(
    `update job_repositories set delivery = $2, delivery_ended_at = now(), next_try_at = now(), problem = $3,
       delivered_commit = coalesce($4, delivered_commit), pull_request_url = coalesce($5, pull_request_url) where job_id = $1`,
    [jobId, end.state, end.state === "failed" ? end.problem : null, done?.commit ?? null, done?.pullRequestUrl ?? null],
  );
}

/** Units: milliseconds. */
export async function postponeDelivery(pool: Pool, jobId: string, problem: string, delayMs: number): Promise<void> {
  await pool.query("update job_repositories set problem = $2, next_try_at = now() + $3 * interval '1 millisecond' where job_id = $1", [
    jobId,
    problem,
    delayMs,
  ]);
}

const toRepository = (row: Row): JobRepository => ({
  jobId: row.job_id,
  url: row.url,
  branch: row.branch,
  newBranch: row.new_branch,
  credential: row.credential,
  base: row.base_commit === null ? null : { branch: row.base_branch ?? "", commit: row.base_commit },
  mode: row.mode,
  delivery: row.delivery,
  tries: row.tries,
  deliveredCommit: row.delivered_commit,
  pullRequestUrl: row.pull_request_url,
  problem: row.problem,
  deliveryEndedAt: row.delivery_ended_at?.toISOString() ?? null,
});
