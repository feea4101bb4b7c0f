import { backupError } from "./errors.ts";
import type { Backups, LastError } from "./backups.ts";
import { newestFirst, type Snapshot } from "./restic-output.ts";
import type { Schedule } from "./schedule.ts";
import { budgetOf, type BudgetLine } from "./targets/budget.ts";
import type { Target } from "./targets/target.ts";
import type { Clock } from "@freehold/kernel/clock";

/** A target and who works for it. */
export interface ServedTarget {
  target: Target;
  backups: Backups;
  schedule: Pick<Schedule, "nextRunAt">;
}

/** How a target fares. */
export interface TargetStatus {
  name: string;
  repository: string;
  schedule: string;
  nextRunAt: string | null;
  running: boolean;
  lastError: LastError | null;
  /** Whether old snapshots are thinned out: not without a credential that may delete. */
  prunes: boolean;
  budget: BudgetLine[];
}

/** The snapshots of all targets as one list; new ones go to the main target unless another is named. */
export class AllBackups {
  readonly #served: readonly [ServedTarget, ...ServedTarget[]];
  readonly #clock: Clock;

  constructor(served: readonly [ServedTarget, ...ServedTarget[]], clock: Clock) {
    this.#served = served;
    this.#clock = clock;
  }

  /** Throws: AppErrors of `Backups.snapshot`, `backup.unknown-target`. */
  snapshot(name?: string): Promise<Snapshot> {
    const found = name === undefined ? this.#served[0] : this.#served.find(({ target }) => target.name === name);
    if (found !== undefined) return found.backups.snapshot();
    const known = this.#served.map(({ target }) => target.name).join(", ");
    return Promise.reject(backupError("backup.unknown-target", `The settings name no target ${name}; there are: ${known}.`));
  }

  /** Newest first. A target that does not answer is passed over as long as another one does; its `lastError` says why. */
  async list(): Promise<Snapshot[]> {
    const answers = await Promise.allSettled(this.#served.map(({ backups }) => backups.list()));
    const lists = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    const failed = answers.find((answer) => answer.status === "rejected");
    if (lists.length === 0 && failed !== undefined) throw failed.reason;
    return newestFirst(lists.flat());
  }

  get lastError(): LastError | null {
    return this.#served.map(({ backups }) => backups.lastError).find((error) => error !== null) ?? null;
  }

  get running(): boolean {
    return this.#served.some(({ backups }) => backups.running);
  }

  get nextRunAt(): Date | null {
    const times = this.#served.flatMap(({ schedule }) => schedule.nextRunAt ?? []);
    return times.toSorted((left, right) => left.getTime() - right.getTime())[0] ?? null;
  }

  targets(): TargetStatus[] {
    return this.#served.map(({ target: { name, settings, pruner, meter }, backups, schedule }) => ({
      name,
      repository: settings.repository,
      schedule: settings.schedule,
      nextRunAt: schedule.nextRunAt?.toISOString() ?? null,
      running: backups.running,
      lastError: backups.lastError,
      prunes: pruner !== undefined,
      budget: budgetOf(settings, meter.counts, this.#clock.now()),
    }));
  }

  async idle(): Promise<void> {
    await Promise.all(this.#served.map(({ backups }) => backups.idle()));
  }
}
