import type { Backups } from "./backups.ts";
import { takeLock } from "./lock.ts";
import type { Target } from "./targets/target.ts";
import type { RunContext } from "./restic.ts";
import { Schedule } from "./schedule.ts";
import type { HomeParts } from "./restoring.ts";
import type { Turns } from "./turns.ts";

export interface UpkeepParts {
  home: HomeParts;
  target: Target;
  backups: Pick<Backups, "noteFailure" | "outdateList">;
  turns: Turns;
  signal: AbortSignal;
}

/** In how many days all data of a repository is read once. */
const dataParts = 30;
const dayMs = 86_400_000;
const daily = "37 5 * * *";

/** What keeps a target in order besides new snapshots: old ones are thinned out each week, a part of the data is read each day, and the space is measured. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #schedules: Schedule[];

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
    const { target, home } = parts;
    const at = (pattern: string, work: () => Promise<void>) => new Schedule({ pattern, work, log: home.log });
    this.#schedules = [at(target.settings.pruneSchedule, () => this.prune()), at(daily, () => this.checkData())];
    if (target.pruner === undefined) home.log.warn("target.not-pruned", { target: target.name, because: "no credential of it may delete" });
  }

  start(): void {
    for (const schedule of this.#schedules) schedule.start();
  }

  stop(): void {
    for (const schedule of this.#schedules) schedule.stop();
  }

  /** Thins old snapshots out, with the credential that may delete; without one nothing is done. */
  prune(): Promise<void> {
    const { pruner, settings, name } = this.#parts.target;
    if (pruner === undefined) return Promise.resolve();
    return this.#locked("backup.prune-failed", async (context) => {
      await pruner.forget({ hourly: settings.keepHourly, daily: settings.keepDaily }, context);
      this.#parts.backups.outdateList();
      this.#parts.home.log.info("target.pruned", { target: name });
    });
  }

  /** Reads one of thirty parts of the data, another one each day, and asks how much there is. */
  checkData(): Promise<void> {
    const { home, target } = this.#parts;
    return this.#locked("backup.check-failed", async (context) => {
      const part = (Math.floor(home.clock.now() / dayMs) % dataParts) + 1;
      await target.restic.check({ part, of: dataParts }, context);
      target.checks.done();
      await target.meter.setStored(await target.restic.storedBytes(context));
      home.log.info("target.checked", { target: target.name, part, of: dataParts });
    });
  }

  #locked(event: string, work: (context: RunContext) => Promise<void>): Promise<void> {
    const { home, turns, signal, backups } = this.#parts;
    return turns.take(async () => {
      try {
        const lock = await takeLock(home.layout.lock);
        await work({ signal, keepOpen: lock.file }).finally(() => lock.release());
      } catch (thrown) {
        if (!signal.aborted) backups.noteFailure(thrown, event);
        throw thrown;
      }
    });
  }
}
