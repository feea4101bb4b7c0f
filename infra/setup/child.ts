/** Runs the programs that set-up needs, with a limit on time and without a shell. */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { createInterface } from "node:readline";

export type Ended = {
  code: number;
  stdout: string;
  stderr: string;
  /** Both streams as they came. */
  said: string;
  timedOut: boolean;
};

export type Options = {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Units: milliseconds. */
  timeoutMs?: number;
  /** Is told each line of both streams. */
  onLine?: (line: string) => void;
  input?: Readable;
};

export const NOT_FOUND = 127;

/** Never rejects: a program that is not there ends with 127, one that takes too long with `timedOut`. */
export async function run(argv: readonly [string, ...string[]], options: Options = {}): Promise<Ended> {
  const child = spawn(argv[0], argv.slice(1), {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env ?? process.env,
    stdio: [options.input ? "pipe" : "ignore", "pipe", "pipe"],
  });
  const ended: Ended = { code: 1, stdout: "", stderr: "", said: "", timedOut: false };
  for (const name of ["stdout", "stderr"] as const) {
    const stream = child[name];
    if (!stream) continue;
    stream.setEncoding("utf8").on("data", (text: string) => {
      ended[name] += text;
      ended.said += text;
    });
    if (options.onLine) createInterface({ input: stream }).on("line", options.onLine);
  }
  if (options.input && child.stdin) options.input.pipe(child.stdin.on("error", () => {}));
  const timer = options.timeoutMs ? setTimeout(() => ((ended.timedOut = true), child.kill("SIGKILL")), options.timeoutMs) : undefined;
  ended.code = await new Promise<number>((resolve) => {
    child.on("error", (error) => {
      ended.stderr += error.message;
      ended.said += error.message;
      resolve(NOT_FOUND);
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
  clearTimeout(timer);
  return ended;
}

/** The last lines of a text. */
export function tail(text: string, lines = 15): string {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
