import { AppError, messageOf } from "@freehold/kernel/errors";
import { retry } from "@freehold/kernel/retry";
import { askingServer, longestWaitMs } from "../approvals/asking-server.ts";
import { foldersOf, makeFolders, transcriptOf, writeInput, type JobFolders } from "../files/job-folders.ts";
import { prepareInputs, type PreparedInputs } from "../inputs/prepare-inputs.ts";
import { noteProgress, type Lease } from "../store/leases.ts";
import { commandOf, containerNameOf, environmentOf } from "./claude-command.ts";
import { settleMadeMeanwhile } from "./made-meanwhile.ts";
import { startFailure, type Outcome } from "./outcome.ts";
import { promptOf } from "./prompt.ts";
import { mayPass, type Run } from "./run.ts";

/** Sees to it that the attempt's container was started, once. Shape: an outcome when it could not be. Throws: when the run was taken from this worker. */
export async function startContainer(run: Run): Promise<Outcome | undefined> {
  const { limits, steady } = run.parts;
  const deadlineMs = run.lease.startedAtMs + limits.startTimeoutMs;
  const goOn = (thrown: unknown) => mayPass(thrown) && !run.cancelRequested && steady.now() < deadlineMs;
  try {
    await retry(() => ensureStarted(run), {
      attempts: Number.POSITIVE_INFINITY,
      firstDelayMs: 100,
      maxDelayMs: 2_000,
      signal: run.signal,
      retryable: goOn,
      onRetry: (error, attempt) => run.log.warn("attempt.start-retried", { attempt, error }),
    });
    return undefined;
  } catch (thrown) {
    if (run.signal.aborted) throw thrown;
    if (run.cancelRequested) return { state: "cancelled", exitCode: null };
    run.log.error("attempt.start-failed", { error: thrown });
    if (thrown instanceof AppError && thrown.code === "job.budget") return startFailure("job.budget", thrown.message);
    return startFailure(mayPass(thrown) ? "job.start-failed" : "job.start-refused", `The job's container could not be started: ${messageOf(thrown)}`);
  }
}

async function ensureStarted(run: Run): Promise<void> {
  const { manager } = run.parts;
  const name = containerNameOf(run.lease.jobId, run.lease.number);
  const found = await manager.get(name);
  if (found !== undefined && found.state !== "created") return noteStarted(run);
  // It began once and is gone: starting it again would do its work twice.
  if (run.lease.containerStartedAtMs !== null || run.cancelRequested) return;
  // A crash left it unstarted, with a key that nobody knows any more; unless it is the one that a new holder is just starting.
  if (found !== undefined && run.key === undefined) {
    await holdLease(run);
    await manager.remove(name);
  }
  const { id: keyId, secret, budgetUsd } = (run.key ??= await mintKey(run));
  const { argv, mounts } = await prepareCommand(run, budgetUsd);
  await holdLease(run);
  await manager
    .put(name, {
      jobId: run.lease.jobId,
      attempt: run.lease.number,
      slot: run.lease.slot,
      argv,
      ...(mounts.length === 0 ? {} : { mounts }),
      env: { ...run.lease.command?.environment, ...environmentOf(secret) },
    })
    .catch(async (thrown: unknown) => {
      if (thrown instanceof AppError && thrown.code.endsWith("-busy")) await run.reap();
      throw thrown instanceof AppError && thrown.code === "container.conflict" ? await settleMadeMeanwhile(run, name, () => holdLease(run, { keyId })) : thrown;
    });
  await noteStarted(run);
}

/** What the job's earlier attempts and turns have left of its budget. Throws: AppError `job.budget` when that is nothing. */
async function budgetLeft({ lease, parts }: Run): Promise<number | null> {
  if (lease.budgetUsd === null) return null;
  const { costUsd } = await parts.gateway.usageOf(lease.jobId);
  // Below a hundredth of a cent the gateway counts no more either.
  const left = Math.round((lease.budgetUsd - (costUsd ?? 0)) * 10_000) / 10_000;
  if (left > 0) return left;
  throw new AppError("job.budget", `The job has cost $${(costUsd ?? 0).toFixed(2)}, and its budget is $${lease.budgetUsd}. Resume it with a larger one.`);
}

async function prepareCommand(run: Run, budgetUsd: number | null): Promise<{ argv: string[]; mounts: PreparedInputs["mounts"] }> {
  const { lease, parts, log } = run;
  const folders = foldersOf(parts.jobsDir, lease.jobId);
  await makeFolders(folders);
  await prepareRepository(run);
  const { mounts, instructions } = await prepareInputs(parts.pool, { jobsDir: parts.jobsDir, folders, jobId: lease.jobId });
  if (lease.command !== null) {
    log.info("attempt.starting", { command: lease.command.argv[0], slot: lease.slot });
    return { argv: lease.command.argv, mounts };
  }
  const resume = (await transcriptOf(folders, lease.sessionId)) !== undefined;
  const { sessionId, model, options, number } = lease;
  const added = [options.systemPrompt, instructions].filter(Boolean).join("\n\n");
  const files = {
    prompt: await writeInput(folders, `prompt-${number}.txt`, promptOf({ ...lease, resume })),
    systemPrompt: added === "" ? null : await writeInput(folders, `system-prompt-${number}.txt`, added),
    mcpConfig: await writeMcpConfig(folders, lease),
  };
  log.info("attempt.starting", { resume, slot: lease.slot });
  return { argv: commandOf({ sessionId, resume, model, options, budgetUsd, files }), mounts };
}

async function writeMcpConfig(folders: JobFolders, { options, number }: Lease): Promise<string | null> {
  const asking = options.permissionMode === "ask" ? askingServer(number) : undefined;
  if (options.mcpServers === undefined && asking === undefined) return null;
  return writeInput(folders, `mcp-${number}.json`, JSON.stringify({ mcpServers: { ...options.mcpServers, ...asking } }));
}

const cancelLookMs = 500;

/** A fetch may take long; a job that is cancelled meanwhile does not wait for its end. */
async function prepareRepository(run: Run): Promise<void> {
  const cancelled = new AbortController();
  const look = setInterval(() => {
    if (run.cancelRequested) cancelled.abort(new Error("the job was cancelled"));
  }, cancelLookMs);
  await run.parts.repositories.prepare(run.lease.jobId, AbortSignal.any([run.signal, cancelled.signal])).finally(() => clearInterval(look));
}

/** A virtual key for this attempt alone; it dies with it, or by itself if its end is never seen. */
async function mintKey(run: Run): Promise<NonNullable<Run["key"]>> {
  const { lease, parts } = run;
  const budgetUsd = await budgetLeft(run);
  // The keys are those of the attempt: one that is another's by now goes on with its own.
  await holdLease(run);
  if (lease.keyId !== null) await parts.gateway.revokeKeys(lease.jobId, lease.number);
  const waitMs = lease.options.permissionMode === "ask" ? longestWaitMs : 0;
  const expiresAtMs = parts.clock.now() + parts.limits.startTimeoutMs + lease.timeoutMs + waitMs + 600_000;
  const { id, key } = await parts.gateway.mintKey({
    jobId: lease.jobId,
    attempt: lease.number,
    expiresAtMs,
    budgetUsd,
  });
  lease.keyId = id;
  await holdLease(run, { keyId: id });
  return { id, secret: key, budgetUsd };
}

async function noteStarted(run: Run): Promise<void> {
  if (run.lease.containerStartedAtMs !== null) return;
  await holdLease(run, { containerStarted: true });
  run.lease.containerStartedAtMs = run.parts.steady.now();
  run.log.info("attempt.started", { slot: run.lease.slot });
}

/** Throws: when the lease is another's, or may be by now; then nothing may be started. */
async function holdLease({ parts, lease, heldUntilMs }: Run, progress?: Parameters<typeof noteProgress>[2]): Promise<void> {
  if (parts.steady.now() > heldUntilMs)
    throw new AppError("lease.stale", "The lease was not renewed in time; it is being renewed before anything is started.", { retryable: true });
  if (progress !== undefined && !(await noteProgress(parts.pool, lease, progress)))
    throw new AppError("lease.lost", "The attempt was taken over by another worker.", { retryable: true });
}
