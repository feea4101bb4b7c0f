import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

export interface Launch {
  argv: readonly string[];
  /** The whole environment; nothing is inherited. */
  env: Record<string, string>;
  cwd?: string;
  /** The only core that the process and its children may use. */
  core: number;
  logFile: string;
}

/** The 14th and the 15th field of `/proc/<pid>/stat`; the second one is a name in parentheses. */
const userTicks = /\) (?:\S+ ){11}(\d+) /s;
const kernelTicks = /\) (?:\S+ ){12}(\d+) /s;
const ticksPerSecond = 100;
/** Open files that 2,000 streams need on both sides, with room to spare. */
const openFiles = 20_000;
/** Units: milliseconds. */
const stopPatienceMs = 8_000;

/** A process, and all that it starts, on one core. */
export class Pinned {
  readonly pid: number;
  readonly #exited: Promise<void>;
  #isRunning = true;

  constructor({ argv, env, cwd, core, logFile }: Launch) {
    const log = openSync(logFile, "a");
    const child = spawn("taskset", ["-c", String(core), "prlimit", `--nofile=${openFiles}:${openFiles}`, ...argv], {
      env,
      cwd,
      detached: true,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    if (child.pid === undefined) throw new Error(`${argv[0]} could not be started.`);
    this.pid = child.pid;
    goFirst(child.pid);
    this.#exited = new Promise((resolve) => {
      child.once("exit", () => {
        this.#isRunning = false;
        running.delete(this);
        resolve();
      });
    });
    running.add(this);
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Stops all its work at once, so that the others are measured without it. */
  freeze(): void {
    this.signal("SIGSTOP");
  }

  thaw(): void {
    this.signal("SIGCONT");
  }

  async stop(): Promise<void> {
    this.thaw();
    this.signal("SIGTERM");
    await Promise.race([this.#exited, delay(stopPatienceMs, undefined, { ref: false })]);
    this.signal("SIGKILL");
    await this.#exited;
  }

  /** To the whole group: a gateway may have children. */
  signal(name: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, name);
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code !== "ESRCH") throw fault;
    }
  }

  /** What it has used so far, kernel's part and threads that have ended included. Units: seconds, in steps of 10 ms. */
  cpuSeconds(): number {
    return (
      this.#members().reduce((sum, pid) => sum + numberAt(`/proc/${pid}/stat`, userTicks) + numberAt(`/proc/${pid}/stat`, kernelTicks), 0) / ticksPerSecond
    );
  }

  /** Memory of its own now, and at its highest. Units: megabytes of 1,000,000 bytes. */
  memory(): { now: number; peak: number } {
    const sum = (line: RegExp) => this.#members().reduce((total, pid) => total + numberAt(`/proc/${pid}/status`, line), 0) * 0.001_024;
    return { now: sum(/^VmRSS:\s+(\d+)/m), peak: sum(/^VmHWM:\s+(\d+)/m) };
  }

  #members(): string[] {
    return list("/proc").filter((pid) => /^\d+$/.test(pid) && numberAt(`/proc/${pid}/stat`, /^\d+ \(.*\) \S \d+ (\d+)/s) === this.pid);
  }
}

const running = new Set<Pinned>();

/** Puts a session before the machine's other work, where the kernel groups processes by session and lets us; elsewhere other work shows in the figures. */
export function goFirst(pid: number | "self"): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, "-13");
  } catch {
    // The page tells how much other work there was.
  }
}

/** Whatever ends the run, nothing that it started stays behind. */
export function endAll(): void {
  for (const process of running) process.signal("SIGKILL");
}

/** The whole machine's used and total time so far. Units: ticks. */
export function machineTicks(): { used: number; total: number } {
  const ticks = (readFileSync("/proc/stat", "utf8").split("\n", 1)[0] ?? "").trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, part) => sum + part, 0);
  return { total, used: total - (ticks[3] ?? 0) - (ticks[4] ?? 0) };
}

/** Waits until all others together use less than a third of a core, at most for so long. Units: milliseconds. */
export async function calm(patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs;
  for (let before = machineTicks(); ;) {
    await delay(200);
    const after = machineTicks();
    const share = (after.used - before.used) / (after.total - before.total);
    if (share * availableParallelism() < 1 / 3 || performance.now() > until) return;
    before = after;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Of a process that has just ended nothing can be read; it counts as nothing. */
function numberAt(file: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(file, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
