import { AppError } from "@freehold/kernel/errors";

/** A task's rendered output, taken apart. */
export interface GitOutput {
  /** What was printed, one text for each line of base64. */
  printed: string[];
  stderr: string;
}

export function readOutput(rendered: string): GitOutput {
  const printed: string[] = [];
  const said: string[] = [];
  for (const line of rendered.split("\n").slice(0, -1)) {
    if (line.startsWith("{")) said.push(saidIn(line));
    else printed.push(Buffer.from(line, "base64").toString("utf8"));
  }
  return { printed, stderr: said.join("\n") };
}

function saidIn(line: string): string {
  try {
    return (JSON.parse(line) as { text?: string }).text ?? "";
  } catch {
    return line;
  }
}

const passing =
  /could not resolve|timed? ?out|connection (reset|refused|was)|early eof|unexpected disconnect|hung up|returned error: (5\d\d|429)|operation too slow|gnutls|ssl_/i;
const refused =
  /authentication failed|could not read (username|password)|returned error: (401|403)|permission .*denied|repository .*not found|returned error: 404/i;
const rejected = /\[(remote )?rejected\]|non-fast-forward|protected branch/i;
const shownCharacters = 1_000;

/** Why a task of git failed, in words that name the cure; `secrets` are cut out of what git has said. */
export function gitFailure(step: string, { exitCode, stderr }: { exitCode: number; stderr: string }, secrets: readonly string[]): AppError {
  const said = secrets
    .filter((secret) => secret !== "")
    .reduce((text, secret) => text.replaceAll(secret, "[secret]"), stderr)
    .trim()
    .slice(-shownCharacters);
  const error = (code: string, message: string, retryable = false) =>
    new AppError(code, `${message} Git said: ${said || `nothing (exit code ${exitCode})`}`, { retryable });
  if (exitCode === 3) return new AppError("repository.no-branch", "The repository has no such branch. Name one that it has, or none for its default.");
  if (exitCode === 4) return new AppError("repository.empty", "The repository is empty; make a first commit in it.");
  if (refused.test(stderr))
    return error("repository.refused", "The repository's server let nobody in: check its address, and the credential's token and its rights.");
  if (rejected.test(stderr))
    return error("repository.rejected", "The server took no push: the branch has other commits there, or is protected. Choose another branch.");
  if (passing.test(stderr)) return error("repository.unreachable", "The repository's server could not be reached.", true);
  return error("repository.failed", `Git failed to ${step}.`);
}
