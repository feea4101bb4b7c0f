import type { Clock } from "@freehold/kernel/clock";
import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import { backupError } from "./errors.ts";
import { listFreshMs } from "./list-age.ts";
import { newestFirst, type Snapshot } from "./restic-output.ts";
import type { SnapshotResult } from "./snapshotting.ts";
import type { MissedTenant } from "./tenants/staging.ts";

/** What went wrong last, until a snapshot succeeds. */
export interface LastError {
  code: string;
  message: string;
  at: string;
}

export interface BackupsSettings {
  /** Name of the target whose snapshots these are. */
  target: string;
  /** Makes one snapshot; calls `onBegin` just before it reads the first byte of the home. */
  make: (onBegin: () => void) => Promise<SnapshotResult>;
  /** Asks the bucket for the snapshots, newest first. */
  fetchList: () => Promise<Snapshot[]>;
  measures: BackupMeasures;
  log: Log;
  clock: Clock;
}

interface Run {
  result: Promise<Snapshot>;
  /** Whether nothing has been read yet, so that whoever asks now still gets all that is there now. */
  joinable: boolean;
}

const longAgo = Number.NEGATIVE_INFINITY;

/** The one place that makes snapshots in a target: one at a time, shared by all who ask meanwhile. */
export class Backups {
  readonly #settings: BackupsSettings;
  #run: Run | undefined;
  #next: Promise<Snapshot> | undefined;
  #lastError: LastError | null = null;
  #list: { snapshots: Snapshot[]; at: number } | undefined;
  #made = 0;

  constructor(settings: BackupsSettings) {
    this.#settings = settings;
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

  /** Newest first. Asks the bucket at most every six hours and after old ones were thinned out, and shows the last known list while the bucket is away. */
  async list(): Promise<Snapshot[]> {
    const { fetchList, log, clock } = this.#settings;
    const now = clock.now();
    if (this.#list !== undefined && now - this.#list.at < listFreshMs) return this.#list.snapshots;
    const madeBefore = this.#made;
    try {
      const snapshots = await fetchList();
      // A snapshot made meanwhile may be missing in the answer, which then must not be kept.
      this.#list = { snapshots, at: this.#made === madeBefore ? now : longAgo };
      if (snapshots[0] !== undefined) this.#noteNewest(snapshots[0]);
      return snapshots;
    } catch (error) {
      if (this.#list === undefined) throw error;
      log.warn("backup.list-stale", { error });
      return this.#list.snapshots;
    }
  }

  /** What was known is no longer so. */
  outdateList(): void {
    if (this.#list !== undefined) this.#list = { ...this.#list, at: longAgo };
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
    const stopTimer = this.#settings.measures.duration.startTimer();
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

  #succeed({ snapshot, skipped, missed, laterFailures }: SnapshotResult): Snapshot {
    const { log, measures, target } = this.#settings;
    this.#made += 1;
    if (this.#list !== undefined) this.#list = { ...this.#list, snapshots: newestFirst([snapshot, ...this.#list.snapshots]) };
    this.#lastError = null;
    this.#noteNewest(snapshot);
    measures.size.set(snapshot.sizeBytes);
    measures.added.inc({ target }, snapshot.addedBytes);
    measures.skipped.set(skipped.length);
    log.info("backup.finished", { ...snapshot });
    if (skipped.length > 0) log.warn("backup.files-skipped", { count: skipped.length, first: skipped.slice(0, 10) });
    for (const { pauseMs } of snapshot.tenants) measures.pause.observe(pauseMs / 1_000);
    measures.tenants.set({ outcome: "saved" }, snapshot.tenants.length);
    measures.tenants.set({ outcome: "missed" }, missed.length);
    if (missed.length > 0) this.#fail(missedTenants(missed), "backup.tenants-missed");
    for (const { event, thrown } of laterFailures) this.#fail(thrown, event);
    return snapshot;
  }

  #noteNewest({ createdAt }: Snapshot): void {
    this.#settings.measures.lastSuccess.set({ target: this.#settings.target }, Date.parse(createdAt) / 1_000);
  }

  /** A failure of what keeps the snapshots in order: it shows like one of a snapshot. */
  noteFailure(thrown: unknown, event: string): void {
    this.#fail(thrown, event);
  }

  #fail(thrown: unknown, event: string): void {
    const { log, clock, measures, target } = this.#settings;
    const error = thrown instanceof AppError ? thrown : backupError("backup.tool-failed", messageOf(thrown), { cause: thrown });
    this.#lastError = { code: error.code, message: error.message, at: new Date(clock.now()).toISOString() };
    measures.failures.inc({ code: error.code });
    log.error(event, { target, error: thrown });
  }
}

const missedTenants = (missed: readonly MissedTenant[]) =>
  backupError(
    "backup.tenants-missed",
    `The snapshot lacks ${missed.length} of the tenants: ${missed.map(({ id, message }) => `${id} (${message})`).join("; ")}`.slice(0, 2_000),
  );

export type BackupMeasures = ReturnType<typeof measuresOf>;

export function measuresOf(metrics: Metrics) {
  return {
    lastSuccess: metrics.gauge("backup_last_success_timestamp", "Moment of the newest snapshot of a target, in seconds since 1970.", ["target"]),
    failures: metrics.counter("backup_failures_total", "Snapshots, checks or clean-ups that failed, by error code.", ["code"]),
    duration: metrics.histogram("backup_duration_seconds", "How long one run took, failed ones included.", [], [1, 2, 5, 10, 30, 60, 300, 1_800, 7_200]),
    size: metrics.gauge("backup_size_bytes", "Size of the files in the newest snapshot."),
    added: metrics.counter("backup_added_bytes_total", "Bytes that snapshots of this process added to a target.", ["target"]),
    pause: metrics.histogram("backup_tenant_pause_seconds", "How long a tenant stood still for a snapshot.", [], [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30]),
    tenants: metrics.gauge("backup_tenants", "Tenants in the newest snapshot, and those that it lacks although they have a home.", ["outcome"]),
    skipped: metrics.gauge("backup_skipped_files", "Files that the newest snapshot lacks because they could not be read."),
  };
}
