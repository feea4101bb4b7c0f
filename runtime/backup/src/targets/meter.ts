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

/** Where counts are kept: the process's own file, which it alone writes, and that of a process beside it, which is counted along. */
export interface MeterFiles {
  own: string;
  beside?: string;
}

/** Counts what a target is asked for. The counts outlive the process; one that is killed loses the last few seconds of them. */
export class Meter {
  readonly #files: MeterFiles;
  readonly #clock: Clock;
  readonly #log: Log;
  #counts: Counts;
  #beside: Counts | undefined;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  private constructor(files: MeterFiles, clock: Clock, log: Log) {
    this.#files = files;
    this.#clock = clock;
    this.#log = log;
    this.#counts = emptyCounts(monthOf(clock.now()));
  }

  static async open(files: MeterFiles, clock: Clock, log: Log): Promise<Meter> {
    const meter = new Meter(files, clock, log);
    await mkdir(dirname(files.own), { recursive: true, mode: 0o700 });
    meter.#counts = (await readCounts(files.own, log)) ?? meter.#counts;
    await meter.#lookBeside();
    return meter;
  }

  /** Of the present month, as a copy. */
  get counts(): Counts {
    this.#turnMonth();
    const [own, beside] = [this.#counts, this.#beside];
    if (beside?.month !== own.month) return { ...own };
    const both = { a: own.a + beside.a, b: own.b + beside.b, free: own.free + beside.free };
    return { ...own, ...both, sentBytes: own.sentBytes + beside.sentBytes, receivedBytes: own.receivedBytes + beside.receivedBytes };
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
    const [own, now] = [this.#counts, this.counts];
    own.storedBytes += addedBytes;
    if (before.month === own.month) {
      own.runs += 1;
      for (const kind of ["a", "b", "free"] as const) own.runRequests[kind] += now[kind] - before[kind];
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
    const write = async () => {
      await writeFileAtomic(this.#files.own, JSON.stringify(this.#counts), 0o600);
      await this.#lookBeside();
    };
    this.#writing = this.#writing.then(write).catch((error: unknown) => this.#log.warn("meter.not-written", { error }));
    return this.#writing;
  }

  async #lookBeside(): Promise<void> {
    const { beside } = this.#files;
    if (beside !== undefined) this.#beside = await readCounts(beside, this.#log);
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

/** Undefined where there is no file, or none that can be understood. */
async function readCounts(file: string, log: Log): Promise<Counts | undefined> {
  const read = await readFile(file, "utf8").catch((thrown: unknown): undefined => {
    if (systemCodeOf(thrown) !== "ENOENT") throw thrown;
  });
  const parsed = countsSchema.safeParse(parseJson(read));
  if (!parsed.success && read !== undefined) log.warn("meter.unreadable", { file });
  return parsed.data;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}
