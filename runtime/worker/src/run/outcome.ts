import type { ResultEvent } from "./stream-events.ts";
import type { UsageLimit } from "./usage-limit.ts";

/** Why the worker itself ended a container. */
export const stopReasons = ["result-but-alive", "stalled", "timeout", "log-limit"] as const;
export type StopReason = (typeof stopReasons)[number];

/** How an attempt ended, as far as it can be known. */
export interface Ending {
  result: ResultEvent | null;
  apiErrorType: string | null;
  /** What ended the run if it ended badly. */
  limit: UsageLimit | null;
  stderr: readonly string[];
  /** Null when the container was gone before it could be asked. */
  exitCode: number | null;
  oomKilled: boolean;
  gone: boolean;
  stopped: StopReason | null;
  cancelRequested: boolean;
  timeoutMs: number;
  /** Whether it ran a command, which says by its exit code how it went. */
  isCommand: boolean;
  /** Whether a denied tool means that the task was not done; not where its owner wanted tools denied. */
  denialsFail: boolean;
}

export type Outcome =
  | { state: "succeeded"; exitCode: number | null; result: string }
  | { state: "cancelled"; exitCode: number | null }
  | { state: "limited"; exitCode: number | null; result: string | null; code: "job.usage-limit"; message: string; retryable: true; untilMs: number | null }
  | { state: "failed" | "lost"; exitCode: number | null; result: string | null; code: AttemptErrorCode; message: string; retryable: boolean };

/** Every error that an attempt or a job can end with, and whether another attempt may cure it; the README has the same table. */
export const attemptErrors = {
  "job.lost": { retryable: true },
  "job.crashed": { retryable: true },
  "job.out-of-memory": { retryable: true },
  "job.stalled": { retryable: true },
  "job.timeout": { retryable: false },
  "job.log-limit": { retryable: false },
  "job.upstream": { retryable: true },
  "job.rate-limited": { retryable: true },
  "job.usage-limit": { retryable: true },
  "job.failed": { retryable: true },
  "job.session-lost": { retryable: true },
  "job.session-in-use": { retryable: true },
  "job.start-failed": { retryable: true },
  "job.start-refused": { retryable: false },
  "job.auth": { retryable: false },
  "job.budget": { retryable: false },
  "job.model": { retryable: false },
  "job.refused": { retryable: false },
  "job.permission-denied": { retryable: false },
  "job.turn-limit": { retryable: false },
  "job.cli": { retryable: false },
  "job.command-failed": { retryable: true },
} as const satisfies Record<string, { retryable: boolean }>;

export type AttemptErrorCode = keyof typeof attemptErrors;

/** Decides by what the CLI said last, then by why it was stopped, then by how it ended; never by the exit code while there is a result. */
export function decideOutcome(ending: Ending): Outcome {
  const { result, exitCode } = ending;
  if (ending.cancelRequested) return { state: "cancelled", exitCode };
  if (result !== null && !result.isError && (!ending.denialsFail || result.deniedTools.length === 0))
    return { state: "succeeded", exitCode, result: result.text ?? "" };
  if (ending.isCommand && exitCode === 0 && ending.stopped === null) return { state: "succeeded", exitCode, result: "" };
  if (ending.limit !== null && (ending.stopped === null || ending.stopped === "stalled" || ending.stopped === "result-but-alive"))
    return limited(ending, ending.limit);
  if (ending.stopped !== null && ending.stopped !== "result-but-alive") return failed(ending, ...afterStop(ending.stopped, ending.timeoutMs));
  if (result !== null) return failed(ending, ...afterResult(result, ending.apiErrorType));
  if (ending.gone)
    return { ...failed(ending, "job.lost", "The container was gone before its run had ended; the work done so far is in the workspace."), state: "lost" };
  return failed(ending, ...afterExit(ending));
}

const limited = ({ result, exitCode }: Ending, { untilMs, said }: UsageLimit) =>
  ({ state: "limited", exitCode, result: result?.text ?? null, code: "job.usage-limit", message: said, retryable: true, untilMs }) as const;

/** An attempt whose container could not be started. */
export function startFailure(code: "job.start-failed" | "job.start-refused" | "job.budget", message: string): Outcome {
  return { state: "failed", exitCode: null, result: null, code, message, retryable: attemptErrors[code].retryable };
}

type Verdict = [code: AttemptErrorCode, message: string];

const failed = ({ result, exitCode }: Ending, code: AttemptErrorCode, message: string) =>
  ({ state: "failed", exitCode, result: result?.text ?? null, code, message, retryable: attemptErrors[code].retryable }) as const;

function afterStop(reason: Exclude<StopReason, "result-but-alive">, timeoutMs: number): Verdict {
  if (reason === "timeout")
    return [
      "job.timeout",
      `The run took longer than its limit of ${Math.round(timeoutMs / 1_000)} s and was stopped. Give a larger timeoutMs, or a smaller task.`,
    ];
  if (reason === "stalled") return ["job.stalled", "The run said nothing and wrote nothing for too long and was stopped (JOB_STALL_MS)."];
  return ["job.log-limit", "The run printed more than the log may hold and was stopped (JOB_LOG_LIMIT_MB)."];
}

function afterResult(result: ResultEvent, apiErrorType: string | null): Verdict {
  const said = result.text ?? result.errors.join("; ");
  if (!result.isError)
    return ["job.permission-denied", `Claude Code was denied ${result.deniedTools.join(", ")} and so could not do all of its task. Its last words: ${said}`];
  if (result.errors.some((error) => error.startsWith("No conversation found")))
    return ["job.session-lost", "The session to be resumed was not found; the next attempt begins anew."];
  if (result.subtype === "error_max_turns") return ["job.turn-limit", "The run used up its turns."];
  if (result.subtype.includes("budget") || apiErrorType === "billing_error") return ["job.budget", said || "The run used up its budget."];
  if (result.apiErrorStatus === null && /not logged in|\/login|invalid api key/i.test(said)) return ["job.auth", said];
  return result.apiErrorStatus === null ? ["job.failed", said || "Claude Code reported an error without a text."] : [codeOfStatus(result.apiErrorStatus), said];
}

function codeOfStatus(status: number): AttemptErrorCode {
  if (status === 401 || status === 403) return "job.auth";
  if (status === 402) return "job.budget";
  if (status === 404) return "job.model";
  if (status === 429) return "job.rate-limited";
  return status >= 500 || status === 408 || status === 409 ? "job.upstream" : "job.refused";
}

function afterExit({ stderr, exitCode, oomKilled, isCommand }: Ending): Verdict {
  const said = stderr.join("\n");
  if (oomKilled) return ["job.out-of-memory", "The container used up its memory (JOB_MEMORY_MB) and was killed."];
  if (isCommand) return ["job.command-failed", `The command ended with exit code ${exitCode ?? "unknown"}.${said === "" ? "" : ` It said: ${said}`}`];
  if (/Session ID .* is already in use/.test(said)) return ["job.session-in-use", "The session had begun already; the next attempt resumes it."];
  if (/unknown option|requires --verbose|Invalid session ID/i.test(said)) return ["job.cli", `Claude Code refused its command line: ${said}`];
  return ["job.crashed", `Claude Code ended with exit code ${exitCode ?? "unknown"} and no result.${said === "" ? "" : ` It said: ${said}`}`];
}
