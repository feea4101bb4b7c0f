import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { systemCodeOf } from "@freehold/kernel/errors";
import { backupError } from "./errors.ts";

export interface Command {
  program: string;
  args: readonly string[];
  /** The child's environment, beside PATH and locale: secrets go here or into files, never into `args`. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** What the program reads on its standard input; nothing else. It may come later than the program is started. */
  input?: Buffer | Promise<Buffer>;
  /** Units: milliseconds. Counted from when it has its input. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** An open file that the child keeps open as its file 3; a lock on it lasts until the child has ended, too. */
  keepOpen?: number | undefined;
  /** Hears every line of complaint; `"stop"` ends the program as if its time were up. */
  onErrorLine?: (line: string) => "stop" | undefined;
}

export interface Outcome {
  exitCode: number;
  stdout: string;
  /** The last lines of what the program complained about. */
  stderr: string;
  timedOut: boolean;
}

const programPath = "/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin";
const killAfterMs = 5_000;
const stdoutLimitBytes = 32 * 1_024 * 1_024;
const stderrLines = 40;

/**
 * Runs a program without a shell until it ends; an exit code other than 0 is an outcome, not an error.
 * Throws: AppError `backup.tool-failed` when the program can't be started or says too much, `backup.stopped` when `signal` aborts.
 */
export async function run(command: Command): Promise<Outcome> {
  if (command.signal?.aborted) throw stopped(command);
  const child = start(command);
  const stderr: string[] = [];
  const end = bound(child, command);
  const errorLines = readLines(child.stderr, (line) => {
    stderr.push(line);
    if (stderr.length > stderrLines) stderr.shift();
    if (command.onErrorLine?.(line) === "stop") end.giveUp();
  });
  const [exitCode, stdout] = await Promise.all([ended(child, command), readAll(child), errorLines]).finally(end.release);
  if (command.signal?.aborted) throw stopped(command);
  return { exitCode, stdout, stderr: stderr.join("\n"), timedOut: end.timedOut() };
}

function start({ program, args, env = {}, cwd, input, keepOpen }: Command): ChildProcess & { stdout: Readable; stderr: Readable } {
  const stdio: ("ignore" | "pipe" | number)[] = [input === undefined ? "ignore" : "pipe", "pipe", "pipe"];
  if (keepOpen !== undefined) stdio.push(keepOpen);
  const child = spawn(program, args, {
    env: { PATH: programPath, TZ: "UTC", LC_ALL: "C.UTF-8", ...env },
    stdio,
    ...(cwd === undefined ? {} : { cwd }),
  }) as ChildProcess & {
    stdout: Readable;
    stderr: Readable;
  };
  // Who ends without having read all of it says why by its exit code.
  child.stdin?.on("error", () => undefined);
  return child;
}

/** Gives the child its input, and ends it when its time is up or the caller wants to stop: first politely, so that it can give its locks back. */
function bound(child: ChildProcess, { input, timeoutMs, signal }: Command): { release: () => void; giveUp: () => void; timedOut: () => boolean } {
  let timedOut = false;
  let isReleased = false;
  let timer: NodeJS.Timeout | undefined;
  let kill: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill("SIGTERM");
    kill ??= setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  };
  const giveUp = () => {
    timedOut = true;
    stop();
  };
  const begin = (given?: Buffer) => {
    child.stdin?.end(given);
    if (!isReleased) timer = setTimeout(giveUp, timeoutMs);
  };
  if (input instanceof Promise) void input.then(begin);
  else begin(input);
  signal?.addEventListener("abort", stop, { once: true });
  const release = () => {
    isReleased = true;
    clearTimeout(timer);
    clearTimeout(kill);
    signal?.removeEventListener("abort", stop);
  };
  return { release, giveUp, timedOut: () => timedOut };
}

function ended(child: ChildProcess, { program }: Command): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      const problem = systemCodeOf(cause) === "ENOENT" ? "is not installed here; use the backup image" : `could not be started: ${cause.message}`;
      reject(backupError("backup.tool-failed", `${program} ${problem}.`, { cause }));
    });
    // A child that a signal ended has no exit code of its own; shells call that 128 and more.
    child.once("close", (code) => resolve(code ?? 128));
  });
}

async function readAll(child: { stdout: Readable; kill: (signal: NodeJS.Signals) => boolean }): Promise<string> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of child.stdout as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > stdoutLimitBytes) {
      child.kill("SIGKILL");
      throw backupError("backup.tool-failed", `A program printed more than ${stdoutLimitBytes} bytes; it was ended.`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

async function readLines(stream: Readable, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) take(line);
}

const stopped = ({ program }: Command) =>
  backupError("backup.stopped", `${program} was ended because the service stops. Nothing is lost: ask again once it runs.`);
