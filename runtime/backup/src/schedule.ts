import { AppError } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import { Cron } from "croner";
import { retryDelayMs } from "./plan.ts";

export interface ScheduleSettings {
  /** Cron, in UTC. */
  pattern: string;
  work: () => Promise<unknown>;
  log: Log;
}

/** Does the work when it is due; after a failure that may pass it tries again sooner than the next time, ever less often. */
export class Schedule {
  readonly #settings: ScheduleSettings;
  readonly #cron: Cron;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(settings: ScheduleSettings) {
    this.#settings = settings;
    this.#cron = new Cron(settings.pattern, { timezone: "UTC", paused: true }, () => this.runNow());
  }

  start(): void {
    this.#cron.resume();
  }

  stop(): void {
    this.#cron.stop();
    clearTimeout(this.#retry);
  }

  get nextRunAt(): Date | null {
    return this.#cron.nextRun();
  }

  get lastDueAt(): Date | undefined {
    return this.#cron.previousRuns(1)[0];
  }

  async runNow(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      await this.#settings.work();
      this.#failures = 0;
    } catch (thrown) {
      this.#failures += 1;
      if (thrown instanceof AppError && thrown.retryable) this.#retryLater();
    }
  }

  #retryLater(): void {
    const inMs = retryDelayMs(this.#failures);
    this.#settings.log.info("schedule.retry-later", { inMs, failures: this.#failures });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.runNow(), inMs);
  }
}
