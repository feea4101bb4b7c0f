import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Metrics } from "@freehold/kernel/metrics";
import { backupError } from "./errors.ts";
import { takeLock } from "./lock.ts";
import type { Retention } from "./restic-commands.ts";
import type { Snapshot } from "./restic-output.ts";
import type { HomeParts } from "./restoring.ts";
import { makeSnapshot, type SnapshotResult } from "./snapshotting.ts";

/** What went wrong last, until a snapshot succeeds. */
export interface LastError {
  code: string;
  message: string;
  at: string;
}

export interface BackupsSettings {
  parts: HomeParts;
  retention: Retention;
  metrics: Metrics;
  /** Aborts when the service stops. */
  signal: AbortSignal;
  /** Throws why the home can't be saved yet. */
  requirePrepared: () => void;
}

interface Run {
  result: Promise<Snapshot>;
  /** Whether nothing has been read yet, so that whoever asks now still gets all that is there now. */
  joinable: boolean;
}

const listFreshMs = 60_000;

/** The one place that makes snapshots: one at a time, shared by all who ask meanwhile. */
export class Backups {
  readonly #settings: BackupsSettings;
  readonly #measures: ReturnType<typeof measuresOf>;
  #run: Run | undefined;
  #next: Promise<Snapshot> | undefined;
  #lastError: LastError | null = null;
  #list: { snapshots: Snapshot[]; at: number } | undefined;

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
    this.#next ??= this.#run.result.then(
      () => this.#startNext(),
      () => this.#startNext(),
    );
    return this.#next;
  }

  /** Newest first. Asks the bucket at most once a minute, and shows the last known list while the bucket is away. */
  async list(): Promise<Snapshot[]> {
    const { parts, signal } = this.#settings;
    const now = parts.clock.now();
    if (this.#list !== undefined && now - this.#list.at < listFreshMs) return this.#list.snapshots;
    try {
      const snapshots = await parts.restic.snapshots({ signal });
      this.#list = { snapshots, at: now };
      if (snapshots[0] !== undefined) this.#measures.lastSuccess.set(Date.parse(snapshots[0].createdAt) / 1_000);
      return snapshots;
    } catch (error) {
      if (this.#list === undefined) throw error;
      parts.log.warn("backup.list-stale", { error });
      return this.#list.snapshots;
    }
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    await Promise.allSettled([this.#run?.result, this.#next]);
  }

  #startNext(): Promise<Snapshot> {
    this.#next = undefined;
    return this.#start();
  }

  #start(): Promise<Snapshot> {
    const current: Run = { joinable: true, result: Promise.resolve().then(() => this.#perform(() => (current.joinable = false))) };
    this.#run = current;
    const done = () => void (this.#run = this.#run === current ? undefined : this.#run);
    current.result.then(done, done);
    return current.result;
  }

  async #perform(onBegin: () => void): Promise<Snapshot> {
    const { parts, retention, signal, requirePrepared } = this.#settings;
    const stopTimer = this.#measures.duration.startTimer();
    try {
      requirePrepared();
      const lock = await takeLock(parts.layout.lock);
      try {
        return this.#succeed(await makeSnapshot(parts, retention, onBegin, { signal, keepOpen: lock.file }));
      } finally {
        await lock.release();
      }
    } catch (thrown) {
      this.#fail(thrown, "backup.failed");
      throw thrown;
    } finally {
      stopTimer();
    }
  }

  #succeed({ snapshot, skipped, retentionFailure }: SnapshotResult): Snapshot {
    const { log } = this.#settings.parts;
    this.#list = undefined;
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
    const { log, clock } = this.#settings.parts;
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
