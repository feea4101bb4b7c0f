import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import { Schedule } from "../schedule.ts";
import type { Archive } from "./archive.ts";
import { BaseBackups } from "./base-backups.ts";
import { ArchiveWatch } from "./watch.ts";

export interface ArchiveKeeperSettings {
  archive: Archive;
  /** When base backups are made: cron, in UTC. */
  pattern: string;
  /** Units: milliseconds. */
  fullEveryMs: number;
  metrics: Metrics;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
}

/** Keeps point-in-time recovery possible: base backups when they are due, at once where there is none or segments were given up, and the figures of the archive. */
export class ArchiveKeeper {
  readonly #settings: ArchiveKeeperSettings;
  readonly #schedule: Schedule;
  readonly #watch: ArchiveWatch;
  #running: Promise<void> | undefined;

  constructor(settings: ArchiveKeeperSettings) {
    const { archive, pattern, log, signal } = settings;
    const bases = new BaseBackups(settings);
    this.#settings = settings;
    this.#schedule = new Schedule({ pattern, work: () => bases.ensure(this.#schedule.lastDueAt, { signal }), log });
    this.#watch = new ArchiveWatch({ archive, metrics: settings.metrics, log, onGap: () => this.#ensure() });
  }

  /** To be called once the home is whole: only then may a new cluster claim the archive. */
  async start(): Promise<void> {
    const { archive, log, signal } = this.#settings;
    if (!(await archive.enabled())) return log.warn("archive.off", { why: "WAL_REPOSITORY is not set for PostgreSQL: only snapshots can be restored" });
    if (signal.aborted) return;
    this.#watch.start();
    this.#schedule.start();
    await this.#ensure();
  }

  stop(): void {
    this.#schedule.stop();
    this.#watch.stop();
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  #ensure(): Promise<void> {
    this.#running ??= this.#schedule.runNow().finally(() => void (this.#running = undefined));
    return this.#running;
  }
}
