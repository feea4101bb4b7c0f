import type { Clock } from "@freehold/kernel/clock";
import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import { backupError } from "../errors.ts";
import type { RunContext } from "../restic.ts";
import type { Archive } from "./archive.ts";
import { baseDue } from "./target.ts";

export interface BaseBackupsSettings {
  archive: Pick<Archive, "server" | "info" | "admit" | "state" | "backUp">;
  /** Units: milliseconds. */
  fullEveryMs: number;
  metrics: Metrics;
  log: Log;
  clock: Clock;
}

/** Makes the copies of the whole cluster from which point-in-time recovery begins. */
export class BaseBackups {
  readonly #settings: BaseBackupsSettings;
  readonly #measures: ReturnType<typeof measuresOf>;

  constructor(settings: BaseBackupsSettings) {
    this.#settings = settings;
    this.#measures = measuresOf(settings.metrics);
  }

  /**
   * Makes the archive ready for this cluster, and a base backup if none is as young as `dueAt`, none is of the server's timeline, or segments were given up.
   * Throws: AppErrors of the archive.
   */
  async ensure(dueAt: Date | undefined, context: RunContext): Promise<void> {
    try {
      await this.#perform(dueAt?.getTime() ?? 0, context);
    } catch (thrown) {
      const error = thrown instanceof AppError ? thrown : backupError("backup.tool-failed", messageOf(thrown), { cause: thrown });
      this.#measures.failures.inc({ code: error.code });
      this.#settings.log.error("base-backup.failed", { error });
      throw error;
    }
  }

  async #perform(dueAt: number, context: RunContext): Promise<void> {
    const { archive, fullEveryMs, clock } = this.#settings;
    const server = await archive.server();
    const info = await archive.info(context);
    await archive.admit(server, info, context);
    const own = info.clusters.findLast(({ systemId }) => systemId === server.systemId);
    const backups = info.backups.filter(({ databaseId }) => databaseId === own?.id);
    const newest = backups.findLast(({ timeline }) => timeline === server.timeline);
    if (newest !== undefined) this.#measures.lastSuccess.set(newest.startedAt / 1_000);
    const { dropped } = await archive.state();
    if (newest !== undefined && newest.startedAt >= dueAt && dropped === 0) return;
    await this.#make(baseDue({ backups, timeline: server.timeline, now: clock.now(), fullEveryMs }), context);
  }

  async #make(type: "full" | "diff", context: RunContext): Promise<void> {
    const { archive, clock, log } = this.#settings;
    const startedAt = clock.now();
    log.info("base-backup.started", { type });
    const stopTimer = this.#measures.duration.startTimer();
    await archive.backUp(type, context).finally(stopTimer);
    this.#measures.lastSuccess.set(startedAt / 1_000);
    log.info("base-backup.finished", { type, durationMs: clock.now() - startedAt });
  }
}

function measuresOf(metrics: Metrics) {
  return {
    lastSuccess: metrics.gauge("backup_base_last_success_timestamp", "Moment of the newest base backup of PostgreSQL, in seconds since 1970."),
    failures: metrics.counter("backup_base_failures_total", "Base backups that failed, by error code.", ["code"]),
    duration: metrics.histogram(
      "backup_base_duration_seconds",
      "How long a base backup took, failed ones included.",
      [],
      [1, 5, 10, 30, 60, 300, 1_800, 7_200],
    ),
  };
}
