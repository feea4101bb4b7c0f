/** Runs one command to its end, hands out its lines as they come and keeps its output. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

export type Stream = "stdout" | "stderr";
export type Execution = {
  argv: readonly [string, ...string[]];
  env: NodeJS.ProcessEnv;
  directory?: string | undefined;
  stdin?: string | undefined;
  /** Units: milliseconds; 0 = no limit. */
  timeoutMs: number;
  onLine: (stream: Stream, line: string) => void;
};
export type Outcome = {
  stdout: string;
  stderr: string;
  /** The end of both streams, mixed as they came. Units: at most 8,000 characters. */
  tail: string;
  /** Absent when the command succeeded; else how it ended, in words. */
  failure?: string;
};

const TAIL_CHARACTERS = 8_000;
const KILL_AFTER_MS = 10_000;
const running = new Set<ChildProcess>();

/** Ends all commands that run: first kindly, then, after ten seconds, by force. */
export function stopAll(): void {
  for (const child of running) stop(child);
}

/** Never rejects: a command that cannot start is an outcome too. */
export async function execute(execution: Execution): Promise<Outcome> {
  const collected = { stdout: "", stderr: "", tail: "" };
  const child = spawn(execution.argv[0], execution.argv.slice(1), {
    ...(execution.directory === undefined ? {} : { cwd: execution.directory }),
    env: execution.env,
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  running.add(child);
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      collected[stream] += text;
      collected.tail = (collected.tail + text).slice(-TAIL_CHARACTERS);
    });
    createInterface({ input: child[stream] }).on("line", (line) => execution.onLine(stream, line));
  }
  child.stdin.on("error", () => {}).end(execution.stdin ?? "");
  const failure = await ending(child, execution);
  running.delete(child);
  return { ...collected, stdout: chomp(collected.stdout), stderr: chomp(collected.stderr), ...(failure === undefined ? {} : { failure }) };
}

function ending(child: ChildProcess, execution: Execution): Promise<string | undefined> {
  return new Promise((resolve) => {
    let timedOut = false;
    const expire = (): void => {
      timedOut = true;
      stop(child);
    };
    const timer = execution.timeoutMs > 0 ? setTimeout(expire, execution.timeoutMs) : undefined;
    const end = (failure: string | undefined): void => {
      clearTimeout(timer);
      resolve(failure);
    };
    child.on("error", (error: NodeJS.ErrnoException) => end(startFailure(error, execution)));
    child.on("close", (code, signal) => {
      if (timedOut) end(`no end after ${execution.timeoutMs / 1000} s`);
      else end(code === 0 ? undefined : signal ? `signal ${signal}` : `exit status ${code}`);
    });
  });
}

function startFailure(error: NodeJS.ErrnoException, execution: Execution): string {
  if (error.code === "E2BIG") return 'the environment is too large; set "addPreviousOutputInEnv" to false';
  if (error.code === "ENOENT")
    return `cannot start ${execution.argv[0]}${execution.directory ? ` in the folder ${execution.directory}` : ""}: one of them does not exist`;
  return `cannot start ${execution.argv[0]}: ${error.message}`;
}

function stop(child: ChildProcess): void {
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // The group has ended already.
    }
  };
  signal("SIGTERM");
  setTimeout(() => signal("SIGKILL"), KILL_AFTER_MS).unref();
}

function chomp(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
