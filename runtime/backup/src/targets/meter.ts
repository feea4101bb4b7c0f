import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "@freehold/kernel/clock";
import { systemCodeOf } from "@freehold/kernel/errors";
import { writeFileAtomic } from "@freehold/kernel/files";
import type { Log } from "@freehold/kernel/log";
import { z } from "zod";
import type { OperationClass } from "./operations.ts";

/** What a target was asked for in one month. */
const countsSchema = z.object({
  /** Shape: yyyy-mm, UTC. */
  month: z.string(),
  a: z.number(),
  b: z.number(),
  free: z.number(),
  sentBytes: z.number(),
  receivedBytes: z.number(),
  /** Of snapshots that were made in the month, and the requests that those took: the measure for those to come. */
  runs: z.number(),
  runRequests: z.object({ a: z.number(), b: z.number(), free: z.number() }),
  /** What the repository holds, as restic said last, and what was added since. */
  storedBytes: z.number(),
  /** Units: milliseconds since 1970; 0 when restic was never asked. */
  storedAt: z.number(),
});

export type Counts = z.output<typeof countsSchema>;

const emptyCounts = (month: string): Counts => ({
  month,
  a: 0,
  b: 0,
  free: 0,
  sentBytes: 0,
  receivedBytes: 0,
  runs: 0,
  runRequests: { a: 0, b: 0, free: 0 },
  storedBytes: 0,
  storedAt: 0,
});

const writeAfterMs = 5_000;

/** Counts what a target is asked for. The counts outlive the process; one that is killed loses the last few seconds of them. */
export class Meter {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #counts: Counts;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  private constructor(file: string, clock: Clock, log: Log) {
    this.#file = file;
    this.#clock = clock;
    this.#log = log;
    this.#counts = emptyCounts(monthOf(clock.now()));
  }

  static async open(file: string, clock: Clock, log: Log): Promise<Meter> {
    const meter = new Meter(file, clock, log);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const read = await readFile(file, "utf8").catch((thrown: unknown): undefined => {
      if (systemCodeOf(thrown) !== "ENOENT") throw thrown;
    });
    const parsed = countsSchema.safeParse(parseJson(read));
    if (parsed.success) meter.#counts = parsed.data;
    else if (read !== undefined) log.warn("meter.unreadable", { file });
    return meter;
  }

  /** Of the present month. */
  get counts(): Readonly<Counts> {
    this.#turnMonth();
    return this.#counts;
  }

  count(kind: OperationClass, sentBytes: number, receivedBytes: number): void {
    this.#turnMonth();
    this.#counts[kind] += 1;
    this.#counts.sentBytes += sentBytes;
    this.#counts.receivedBytes += receivedBytes;
    this.#timer ??= setTimeout(() => void this.flush(), writeAfterMs).unref();
  }

  /** A snapshot was made: `before` are the counts as they were when it began. */
  async countRun(before: Readonly<Counts>, addedBytes: number): Promise<void> {
    this.#turnMonth();
    const counts = this.#counts;
    counts.storedBytes += addedBytes;
    if (before.month === counts.month) {
      counts.runs += 1;
      for (const kind of ["a", "b", "free"] as const) counts.runRequests[kind] += counts[kind] - before[kind];
    }
    await this.flush();
  }

  async setStored(storedBytes: number): Promise<void> {
    this.#turnMonth();
    this.#counts = { ...this.#counts, storedBytes, storedAt: this.#clock.now() };
    await this.flush();
  }

  /** Writes the counts; a disk that is full must not stop a backup. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const write = () => writeFileAtomic(this.#file, JSON.stringify(this.#counts), 0o600);
    this.#writing = this.#writing.then(write).catch((error: unknown) => this.#log.warn("meter.not-written", { error }));
    return this.#writing;
  }

  /** A clock that was put back keeps what was counted: too much is counted then, never too little. */
  #turnMonth(): void {
    const month = monthOf(this.#clock.now());
    if (month === this.#counts.month) return;
    const { storedBytes, storedAt } = this.#counts;
    this.#counts = month < this.#counts.month ? { ...this.#counts, month } : { ...emptyCounts(month), storedBytes, storedAt };
  }
}

const monthOf = (at: number) => new Date(at).toISOString().slice(0, 7);

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}
