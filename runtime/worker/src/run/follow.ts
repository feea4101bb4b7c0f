import { setTimeout as delay } from "node:timers/promises";
import { ApprovalDesk } from "../approvals/approval-desk.ts";
import { isUnknownContainer, type ContainerView } from "../clients/manager.ts";
import { foldersOf, logPath, transcriptOf } from "../files/job-folders.ts";
import type { JobOptions } from "../job-options.ts";
import { LogWriter } from "../logs/log-writer.ts";
import { containerNameOf } from "./claude-command.ts";
import type { Ending, StopReason } from "./outcome.ts";
import { insist, type Run } from "./run.ts";
import { StreamEvents } from "./stream-events.ts";
import { usageLimitOf } from "./usage-limit.ts";
import { reasonToStop } from "./watchdog.ts";

/** What is seen of a container while its log is copied. */
interface Watch {
  run: Run;
  name: string;
  writer: LogWriter;
  events: StreamEvents;
  /** Null where nothing is asked. */
  desk: ApprovalDesk | null;
  lastOutputAtMs: number;
  stopped: StopReason | null;
  /** Cuts the present connection to the log, so that it is opened anew. */
  reconnect: () => void;
}

const tickMs = 500;
const inspectEveryMs = 5_000;

/** Copies the container's log to the end, from wherever it had got to, and ends the container when it must not go on. Throws: when the run was taken from this worker. */
export async function followContainer(run: Run): Promise<Ending> {
  const { lease, parts } = run;
  const name = containerNameOf(lease.jobId, lease.number);
  const writer = await insist(run, "open-log", () => LogWriter.open(logPath(parts.jobsDir, lease.jobId, lease.number)));
  const watch: Watch = {
    run,
    name,
    writer,
    events: new StreamEvents({ results: lease.command === null }),
    desk: deskOf(run),
    lastOutputAtMs: parts.steady.now(),
    stopped: null,
    reconnect: () => undefined,
  };
  const copied = new AbortController();
  try {
    for await (const piece of writer.stored()) watch.events.push(piece);
    const guarding = guard(watch, AbortSignal.any([copied.signal, run.signal]));
    const end = await copyLog(watch).finally(() => copied.abort());
    await guarding;
    await attend(watch, { asking: false });
    const container = end === "gone" ? undefined : await insist(run, "inspect", () => parts.manager.get(name));
    return endingOf(watch, container);
  } finally {
    copied.abort();
    await writer.close();
  }
}

function deskOf({ parts, lease, log }: Run): ApprovalDesk | null {
  if (lease.options.permissionMode !== "ask" || lease.command !== null) return null;
  const onChange = () => parts.changes.announce(lease.jobId, "job");
  return new ApprovalDesk({ ...parts, clock: parts.steady, log, onChange }, lease, lease.options.approvalTimeoutMs ?? parts.limits.approvalTimeoutMs);
}

/** What fails now is seen to at the next tick. */
async function attend({ desk, run }: Watch, options: { asking: boolean }): Promise<void> {
  await desk?.look(options).catch((error: unknown) => run.log.warn("approval.look-failed", { error }));
}

function endingOf({ run, events, stopped, desk }: Watch, container: ContainerView | undefined): Ending {
  const { lease } = run;
  const endedAgoMs = Math.max(0, run.parts.clock.now() - Date.parse(container?.finishedAt ?? ""));
  const endedAtMs = run.parts.steady.now() - endedAgoMs;
  const tookMs = endedAtMs - (lease.containerStartedAtMs ?? Number.NaN) - (desk?.waitedMs(endedAtMs) ?? 0);
  return {
    result: events.result,
    apiErrorType: events.apiErrorType,
    limit: lease.command === null ? usageLimitOf(events, run.parts.clock.now()) : null,
    stderr: events.stderr,
    exitCode: container?.exitCode ?? null,
    oomKilled: container?.oomKilled ?? false,
    gone: container === undefined,
    // A worker that died right after it had stopped the container for its time leaves no other trace of the reason.
    stopped: stopped ?? (tookMs > lease.timeoutMs ? "timeout" : null),
    cancelRequested: run.cancelRequested,
    timeoutMs: lease.timeoutMs,
    isCommand: lease.command !== null,
    denialsFail: denialsFail(lease.options) || desk?.anyExpired === true,
  };
}

/** Who chose a mode that denies tools knows that some will be. */
const denialsFail = ({ permissionMode = "bypassPermissions" }: JobOptions) => permissionMode === "bypassPermissions" || permissionMode === "acceptEdits";

async function copyLog(watch: Watch): Promise<"complete" | "gone"> {
  const { run, writer } = watch;
  for (let failures = 0; ; failures++) {
    run.signal.throwIfAborted();
    const before = writer.size;
    try {
      await copyOnce(watch);
      return "complete";
    } catch (thrown) {
      if (run.signal.aborted) throw thrown;
      if (isUnknownContainer(thrown)) return "gone";
      if (writer.size > before) failures = 0;
      run.log.warn("attempt.log-interrupted", { offset: writer.size, failures, error: thrown });
      await delay(Math.min(5_000, 50 * 2 ** Math.min(failures, 10)), undefined, { signal: run.signal });
    }
  }
}

async function copyOnce(watch: Watch): Promise<void> {
  const { run, writer, events, name } = watch;
  const { manager, steady, changes, limits } = run.parts;
  const connection = new AbortController();
  watch.reconnect = () => connection.abort();
  const pieces = await manager.log(name, writer.size, AbortSignal.any([run.signal, connection.signal]));
  for await (const piece of pieces) {
    await writer.write(piece, (stored) => events.push(stored));
    watch.lastOutputAtMs = steady.now();
    changes.announce(run.lease.jobId, "log");
    if (writer.size <= limits.logLimitBytes) continue;
    // What a flood left in Docker's own log is not wanted either; the container ends when it is removed.
    watch.stopped ??= "log-limit";
    return;
  }
}

/** Looks at the run at each tick until its log is complete. */
async function guard(watch: Watch, over: AbortSignal): Promise<void> {
  const { steady, limits } = watch.run.parts;
  let inspectAtMs = steady.now() + inspectEveryMs;
  let stopAgainAtMs = 0;
  while (await ticked(over)) {
    await attend(watch, { asking: true });
    const nowMs = steady.now();
    watch.stopped ??= await reasonOf(watch, nowMs);
    if ((watch.run.cancelRequested || watch.stopped !== null) && nowMs >= stopAgainAtMs) {
      stopAgainAtMs = nowMs + 3 * limits.stopGraceMs + 2_000;
      await stop(watch);
    }
    if (nowMs < inspectAtMs) continue;
    inspectAtMs = nowMs + inspectEveryMs;
    await noticeSilentEnd(watch, nowMs);
  }
}

const ticked = (over: AbortSignal) => delay(tickMs, true, { signal: over }).catch(() => false);

async function reasonOf({ run, events, desk, lastOutputAtMs }: Watch, nowMs: number): Promise<StopReason | null> {
  const { lease, parts } = run;
  const observe = (transcriptAtMs: number) => ({
    // The time of its owner is not its own.
    containerStartedAtMs: (lease.containerStartedAtMs ?? lease.startedAtMs) + (desk?.waitedMs(nowMs) ?? 0),
    lastOutputAtMs,
    lastActivityAtMs: Math.max(lastOutputAtMs, transcriptAtMs, desk?.answeredAtMs ?? 0),
    hasResult: events.result !== null,
  });
  // A command may well be silent for as long as it takes, and so may an owner who is asked.
  const limits = {
    timeoutMs: lease.timeoutMs,
    stallMs:
      lease.command === null && !run.waitsForApproval && desk?.waiting !== true ? (lease.options.stallMs ?? parts.limits.stallMs) : Number.POSITIVE_INFINITY,
    exitGraceMs: parts.limits.exitGraceMs,
  };
  const reason = reasonToStop(observe(0), limits, nowMs);
  if (reason !== "stalled") return reason;
  const transcript = await transcriptOf(foldersOf(parts.jobsDir, lease.jobId), lease.sessionId);
  // The file's time is the system's; how long ago that was counts.
  const ageMs = transcript === undefined ? Number.POSITIVE_INFINITY : Math.max(0, parts.clock.now() - transcript.changedAtMs);
  return reasonToStop(observe(nowMs - ageMs), limits, nowMs);
}

async function stop({ run, name, stopped }: Watch): Promise<void> {
  run.log.info("attempt.stopping", { reason: stopped ?? "cancelled" });
  await run.parts.manager.stop(name, run.parts.limits.stopGraceMs).catch((error: unknown) => run.log.warn("attempt.stop-failed", { error }));
}

/** A connection that died without a word says nothing more; the container's state tells it from a quiet run. */
async function noticeSilentEnd(watch: Watch, nowMs: number): Promise<void> {
  if (nowMs - watch.lastOutputAtMs < inspectEveryMs) return;
  const container = await watch.run.parts.manager.get(watch.name).catch(() => ({ state: "running" }));
  if (container?.state !== "running") watch.reconnect();
}
