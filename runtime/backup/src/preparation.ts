import { setTimeout as delay } from "node:timers/promises";
import { backupError } from "./errors.ts";
import { takeLock } from "./lock.ts";
import { prepare } from "./prepare.ts";
import { isUnfinished, type HomeParts } from "./restoring.ts";

const firstDelayMs = 1_000;
const lastDelayMs = 10_000;

/** Prepares the home, again and again until it succeeds, and remembers what stands in the way meanwhile. */
export class Preparation {
  readonly #parts: HomeParts;
  readonly #signal: AbortSignal;
  #done = false;
  #cause: unknown = backupError("backup.not-prepared", "The home is being prepared: databases and files are looked for, and restored where they are missing.");

  constructor(parts: HomeParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** Throws what stands in the way. */
  require(): void {
    if (!this.#done) throw this.#cause;
  }

  async ready(): Promise<void> {
    this.require();
    if (await isUnfinished(this.#parts.layout))
      throw backupError("backup.not-prepared", "A restore was cut short while it exchanged files. Run it again, or restart this service: it will be finished.");
  }

  /** Resolves once the home is prepared, or when the service stops. */
  async run(): Promise<void> {
    for (let delayMs = firstDelayMs; !this.#signal.aborted; delayMs = Math.min(lastDelayMs, delayMs * 2)) {
      try {
        await this.#once();
        this.#done = true;
        return this.#parts.log.info("home.prepared");
      } catch (thrown) {
        this.#cause = thrown;
        this.#parts.log.error("home.not-prepared", { error: thrown, retryInMs: delayMs });
        await delay(delayMs, undefined, { signal: this.#signal }).catch(() => undefined);
      }
    }
  }

  async #once(): Promise<void> {
    const lock = await takeLock(this.#parts.layout.lock);
    try {
      await prepare(this.#parts, { signal: this.#signal, keepOpen: lock.file });
    } finally {
      await lock.release();
    }
  }
}
