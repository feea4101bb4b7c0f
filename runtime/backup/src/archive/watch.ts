import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Archive, ArchiveState } from "./archive.ts";

export interface ArchiveWatchSettings {
  archive: Pick<Archive, "state">;
  metrics: Metrics;
  log: Log;
  /** Called when segments were given up and the bucket takes segments again: only a new base backup ends the gap. */
  onGap: () => Promise<void>;
}

const everyMs = 15_000;

/** Looks every 15 seconds how far the archive is behind, and tells the metrics. */
export class ArchiveWatch {
  readonly #settings: ArchiveWatchSettings;
  readonly #measures: ReturnType<typeof measuresOf>;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: ArchiveWatchSettings) {
    this.#settings = settings;
    this.#measures = measuresOf(settings.metrics);
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), everyMs);
    void this.look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A database that is away leaves the figures as they were; its own alert tells of it. */
  async look(): Promise<void> {
    const { archive, log, onGap } = this.#settings;
    try {
      const state = await archive.state();
      this.#show(state);
      if (state.dropped > 0 && state.waitingBytes === 0) await onGap();
    } catch (error) {
      log.warn("archive.state-unknown", { error });
    }
  }

  #show(state: ArchiveState): void {
    this.#measures.lag.set(state.lagSeconds);
    this.#measures.waiting.set(state.waitingBytes);
    this.#measures.queueMax.set(state.queueMaxBytes);
    this.#measures.dropped.set(state.dropped);
    if (state.lastArchivedAt !== null) this.#measures.lastArchived.set(state.lastArchivedAt / 1_000);
  }
}

function measuresOf(metrics: Metrics) {
  return {
    lag: metrics.gauge("backup_wal_lag_seconds", "Age of the oldest finished WAL segment that is not in the bucket; 0 when all are."),
    waiting: metrics.gauge("backup_wal_waiting_bytes", "Size of the WAL segments that wait for the bucket."),
    queueMax: metrics.gauge("backup_wal_queue_max_bytes", "How much WAL may wait before the oldest is given up."),
    dropped: metrics.gauge("backup_wal_dropped_segments", "WAL segments given up since the newest base backup."),
    lastArchived: metrics.gauge("backup_wal_last_archived_timestamp", "Moment at which a WAL segment last reached the bucket, in seconds since 1970."),
  };
}
