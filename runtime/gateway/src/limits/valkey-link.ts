import type { Log } from "@freehold/kernel/log";
import type { Secret } from "@freehold/kernel/secret";
import { Redis } from "ioredis";

export interface ValkeyLinkParts {
  /** Shape: `redis://host:6379`, or `rediss://` for TLS. */
  url: string;
  password?: Secret | undefined;
  log: Log;
  /** Told each change. */
  onChange: (isUp: boolean) => void;
}

/** Units: milliseconds. A server that does not answer in this time counts as away, so that no call waits for it twice. */
const commandTimeoutMs = 500;
const probeEveryMs = 250;
const firstAnswerMs = 2_000;

/** A connection to Valkey that is either up or away, never waited for: what can't be asked is answered by undefined. */
export class ValkeyLink {
  readonly #parts: ValkeyLinkParts;
  readonly #client: Redis;
  readonly #first: Promise<void>;
  #probe: NodeJS.Timeout | undefined;
  #isUp = false;
  #isFirst = true;
  #isClosed = false;

  constructor(parts: ValkeyLinkParts) {
    this.#parts = parts;
    this.#client = new Redis(parts.url, {
      ...(parts.password === undefined ? {} : { password: parts.password.reveal() }),
      connectionName: "gateway",
      commandTimeout: commandTimeoutMs,
      socketTimeout: 2 * commandTimeoutMs,
      connectTimeout: firstAnswerMs,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(50 * times, probeEveryMs),
    });
    // Its failures show in the commands; unheard, the event would end the process.
    this.#client.on("error", () => {});
    this.#client.on("ready", () => this.#set(true));
    this.#client.on("close", () => this.#set(false));
    this.#first = new Promise((resolve) => {
      const timer = setTimeout(resolve, firstAnswerMs);
      this.#client.once("ready", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    void this.#first.then(() => {
      this.#isFirst = false;
      if (!this.#isUp && !this.#isClosed) this.#tell(false, new Error("It did not answer when the gateway started."));
    });
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Whether asking it makes sense: it is up, or it is not known yet. */
  get isWorthAsking(): boolean {
    return this.#isUp || this.#isFirst;
  }

  /** Asks the server; undefined while it is away. */
  async ask<T>(question: (client: Redis) => Promise<T>): Promise<T | undefined> {
    if (this.#isFirst && !this.#isUp) await this.#first;
    if (!this.#isUp) return undefined;
    try {
      return await question(this.#client);
    } catch (error) {
      this.#set(false, error);
      return undefined;
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isUp = false;
    clearInterval(this.#probe);
    this.#client.disconnect();
  }

  #set(isUp: boolean, cause?: unknown): void {
    if (isUp === this.#isUp || this.#isClosed) return;
    this.#isUp = isUp;
    this.#tell(isUp, cause);
  }

  #tell(isUp: boolean, error?: unknown): void {
    const { log, onChange } = this.#parts;
    clearInterval(this.#probe);
    if (isUp) log.info("limits.shared");
    else {
      log.warn("limits.alone", { error });
      this.#probe = setInterval(() => void this.#client.ping().then(() => this.#set(true), ignore), probeEveryMs).unref();
    }
    onChange(isUp);
  }
}

const ignore = () => {};
