import type { Clock } from "@freehold/kernel/clock";
import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import { backupError } from "./errors.ts";
import type { Snapshot } from "./restic-output.ts";
import type { SnapshotResult } from "./snapshotting.ts";

/** What went wrong last, until a snapshot succeeds. */
export interface LastError {
  code: string;
  message: string;
  at: string;
}

export interface BackupsSettings {
  /** Makes one snapshot; calls `onBegin` just before it reads the first byte of the home. */
  make: (onBegin: () => void) => Promise<SnapshotResult>;
  /** Asks the bucket for the snapshots, newest first. */
  fetchList: () => Promise<Snapshot[]>;
  metrics: Metrics;
  log: Log;
  clock: Clock;
}

interface Run {
  result: Promise<Snapshot>;
  /** Whether nothing has been read yet, so that whoever asks now still gets all that is there now. */
  joinable: boolean;
}

const listFreshMs = 60_000;
const longAgo = Number.NEGATIVE_INFINITY;

/** The one place that makes snapshots: one at a time, shared by all who ask meanwhile. */
export class Backups {
  readonly #settings: BackupsSettings;
  readonly #measures: ReturnType<typeof measuresOf>;
  #run: Run | undefined;
  #next: Promise<Snapshot> | undefined;
  #lastError: LastError | null = null;
  #list: { snapshots: Snapshot[]; at: number } | undefined;
  #made = 0;

  constructor(settings: BackupsSettings) {
    this.#settings = settings;
    this.#measures = measuresOf(settings.metrics);
  }

  get lastError(): LastError | null {
    return this.#lastError;
  }

  get running(): boolean {
    return this.#run !== undefined;
  }

  /** A snapshot that holds at least what is there now: the running one if it has read nothing yet, else one after it. */
  snapshot(): Promise<Snapshot> {
    if (this.#run === undefined) return this.#start();
    if (this.#run.joinable) return this.#run.result;
    const startNext = () => {
      this.#next = undefined;
      return this.snapshot();
    };
    this.#next ??= this.#run.result.then(startNext, startNext);
    return this.#next;
  }

  /** Newest first. Asks the bucket at most once a minute, and shows the last known list while the bucket is away. */
  async list(): Promise<Snapshot[]> {
    const { fetchList, log, clock } = this.#settings;
    const now = clock.now();
    if (this.#list !== undefined && now - this.#list.at < listFreshMs) return this.#list.snapshots;
    const madeBefore = this.#made;
    try {
      const snapshots = await fetchList();
      // A snapshot made meanwhile may be missing in the answer, which then must not be kept.
      this.#list = { snapshots, at: this.#made === madeBefore ? now : longAgo };
      if (snapshots[0] !== undefined) this.#measures.lastSuccess.set(Date.parse(snapshots[0].createdAt) / 1_000);
      return snapshots;
    } catch (error) {
      if (this.#list === undefined) throw error;
      log.warn("backup.list-stale", { error });
      return this.#list.snapshots;
    }
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    await Promise.allSettled([this.#run?.result, this.#next]);
  }

  #start(): Promise<Snapshot> {
    const current: Run = { joinable: true, result: Promise.resolve().then(() => this.#perform(current)) };
    this.#run = current;
    return current.result;
  }

  async #perform(current: Run): Promise<Snapshot> {
    const stopTimer = this.#measures.duration.startTimer();
    try {
      return this.#succeed(await this.#settings.make(() => (current.joinable = false)));
    } catch (thrown) {
      this.#fail(thrown, "backup.failed");
      throw thrown;
    } finally {
      stopTimer();
      this.#run = undefined;
    }
  }

  #succeed({ snapshot, skipped, retentionFailure }: SnapshotResult): Snapshot {
    const { log } = this.#settings;
    this.#made += 1;
    if (this.#list !== undefined) this.#list = { snapshots: [snapshot, ...this.#list.snapshots], at: longAgo };
    this.#lastError = null;
    this.#measures.lastSuccess.set(Date.parse(snapshot.createdAt) / 1_000);
    this.#measures.size.set(snapshot.sizeBytes);
    this.#measures.added.inc(snapshot.addedBytes);
    this.#measures.skipped.set(skipped.length);
    log.info("backup.finished", { ...snapshot });
    if (skipped.length > 0) log.warn("backup.files-skipped", { count: skipped.length, first: skipped.slice(0, 10) });
    if (retentionFailure !== undefined) this.#fail(retentionFailure, "backup.retention-failed");
    return snapshot;
  }

  #fail(thrown: unknown, event: string): void {
    const { log, clock } = this.#settings;
    const error = thrown instanceof AppError ? thrown : backupError("backup.tool-failed", messageOf(thrown), { cause: thrown });
    this.#lastError = { code: error.code, message: error.message, at: new Date(clock.now()).toISOString() };
    this.#measures.failures.inc({ code: error.code });
    log.error(event, { error: thrown });
  }
}

function measuresOf(metrics: Metrics) {
  return {
    lastSuccess: metrics.gauge("backup_last_success_timestamp", "Moment of the newest snapshot, in seconds since 1970."),
    failures: metrics.counter("backup_failures_total", "Snapshots or clean-ups that failed, by error code.", ["code"]),
    duration: metrics.histogram("backup_duration_seconds", "How long one run took, failed ones included.", [], [1, 2, 5, 10, 30, 60, 300, 1_800, 7_200]),
    size: metrics.gauge("backup_size_bytes", "Size of the files in the newest snapshot."),
    added: metrics.counter("backup_added_bytes_total", "Bytes that snapshots of this process added to the bucket."),
    skipped: metrics.gauge("backup_skipped_files", "Files that the newest snapshot lacks because they could not be read."),
  };
}
