import { retry } from "@freehold/kernel/retry";
import { closeAttempt, recordOutcome, type Usage } from "../store/settle.ts";
import { containerNameOf } from "./claude-command.ts";
import { followContainer } from "./follow.ts";
import { decideOutcome, type Ending, type Outcome } from "./outcome.ts";
import { insist, type Run } from "./run.ts";
import { startContainer } from "./start.ts";

/** What passes sooner is waited for between two attempts. */
const shortLimitMs = 60_000;

/**
 * Brings an attempt from wherever it is to its end: start, follow, record, remove, close. Each step asks first what is done already, so it
 * may be begun anew at any point, by any worker. Throws: when the run was taken from this worker.
 */
export async function runAttempt(run: Run): Promise<void> {
  const { parts, lease } = run;
  const outcome = lease.outcome ?? (await reachOutcome(run));
  if (outcome === null) return;
  await insist(run, "remove-container", () => parts.manager.remove(containerNameOf(lease.jobId, lease.number)));
  await revokeKeys(run);
  const usage = await askUsage(run);
  const job = await insist(run, "close", () =>
    closeAttempt(parts.pool, parts.queue, lease, {
      worker: parts.worker,
      retryDelayMs: parts.limits.retryDelayMs,
      limited: outcome.state === "limited",
      limitWaitMs: parts.limits.limitWaitMs,
      usage,
    }),
  );
  run.log.info("attempt.closed", { state: outcome.state, job, ...("code" in outcome ? { code: outcome.code } : {}) });
  parts.onClosed(outcome.state, job, (parts.steady.now() - lease.startedAtMs) / 1_000);
  parts.changes.announce(lease.jobId, "job");
}

async function reachOutcome(run: Run): Promise<Outcome | null> {
  const failure = await startContainer(run);
  const followed = failure === undefined && run.lease.containerStartedAtMs !== null ? await followContainer(run) : undefined;
  const ending = followed === undefined ? undefined : await withLimitOfGateway(run, followed);
  const decide = (cancelRequested: boolean): Outcome => {
    if (ending === undefined) return cancelRequested ? { state: "cancelled", exitCode: null } : (failure ?? { state: "cancelled", exitCode: null });
    return decideOutcome({ ...ending, cancelRequested });
  };
  return insist(run, "record", () => recordOutcome(run.parts.pool, run.lease, decide));
}

/** A refusal for now may be one for hours: the gateway knows when it asks its providers again. */
async function withLimitOfGateway({ parts, log }: Run, ending: Ending): Promise<Ending> {
  const outcome = decideOutcome(ending);
  if (outcome.state !== "failed" || outcome.code !== "job.rate-limited") return ending;
  const untilMs = await parts.gateway.closedUntil().catch((error: unknown) => {
    log.warn("attempt.limit-unknown", { error });
    return null;
  });
  if (untilMs === null || untilMs - parts.clock.now() < shortLimitMs) return ending;
  return { ...ending, limit: { untilMs, said: outcome.message } };
}

/** Keys that can't be revoked now are revoked by the sweep, and expire by themselves in any case. */
async function revokeKeys({ parts, lease, signal, log }: Run): Promise<void> {
  try {
    await retry(() => parts.gateway.revokeKeys(lease.jobId, lease.number), { attempts: 3, firstDelayMs: 100, maxDelayMs: 500, signal });
    await parts.pool.query("update attempts set key_revoked_at = now() where job_id = $1 and number = $2", [lease.jobId, lease.number]);
  } catch (error) {
    log.warn("attempt.key-not-revoked", { error });
  }
}

async function askUsage({ parts, lease, log }: Run): Promise<Usage | undefined> {
  return parts.gateway.usageOf(lease.jobId).catch((error: unknown) => {
    log.warn("attempt.usage-unknown", { error });
    return undefined;
  });
}
