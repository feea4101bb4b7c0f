import type { JobState } from "@freehold/kernel/api/job-state";
import type { Change, Changes } from "../changes.ts";
import { Loop } from "@freehold/kernel/loop";
import { LogTail } from "./log-tail.ts";

/** What a tail must know of its attempt: null while it runs. */
export type AttemptEnd = { job: JobState } | null;

export interface FollowerSettings {
  changes: Changes;
  endOf: (jobId: string, attempt: number) => Promise<AttemptEnd>;
  pathOf: (jobId: string, attempt: number) => string;
  onError: (thrown: unknown) => void;
  /** Units: milliseconds between two looks at a log that no writer of this process announces. */
  lookEveryMs?: number;
  /** Units: milliseconds between two questions for the attempt's end. */
  askEveryMs?: number;
}

/** What is known of one followed log; each look makes a new one. */
interface Look {
  size: number;
  end: AttemptEnd;
}

/** One log that is being followed, with one look at file and database for all its readers. */
class Followed {
  readonly tail: LogTail;
  readers = 0;
  onClose: () => void = () => undefined;
  latest: Look = { size: 0, end: null };
  readonly #ask: () => Promise<AttemptEnd>;
  readonly #loop: Loop;
  readonly #askEveryMs: number;
  readonly #waiting = new Set<() => void>();
  #askAtMs = 0;

  constructor(
    tail: LogTail,
    ask: () => Promise<AttemptEnd>,
    { lookEveryMs = 100, askEveryMs = 1_000, onError }: Pick<FollowerSettings, "lookEveryMs" | "askEveryMs" | "onError">,
  ) {
    this.tail = tail;
    this.#ask = ask;
    this.#askEveryMs = askEveryMs;
    this.#loop = new Loop({ everyMs: lookEveryMs, action: () => this.#look(), onError });
    this.#loop.start();
  }

  announced(change: Change): void {
    if (change === "job") this.#askAtMs = 0;
    this.#loop.wake();
  }

  close(): void {
    this.onClose();
    void this.#loop.stop();
  }

  /** Resolves once there is something newer than `seen`. Throws: when the reader left. */
  newerThan(seen: Look, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (isNews(this.latest, seen)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const left = () => {
        this.#waiting.delete(wake);
        reject(signal.reason as Error);
      };
      const wake = () => {
        signal.removeEventListener("abort", left);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", left, { once: true });
    });
  }

  async #look(): Promise<void> {
    // The end is asked before the size, so that the size of an ended log is its last.
    const end = this.latest.end ?? (await this.#askedEnd());
    const look = { end, size: await this.tail.size() };
    const news = isNews(look, this.latest);
    this.latest = look;
    if (!news) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  async #askedEnd(): Promise<AttemptEnd> {
    if (performance.now() < this.#askAtMs) return null;
    this.#askAtMs = performance.now() + this.#askEveryMs;
    return this.#ask();
  }
}

const isNews = (look: Look, seen: Look) => look.size !== seen.size || look.end !== seen.end;

/** Follows logs for any number of readers; each log costs one look at a time, however many read it. */
export class LogFollower {
  readonly #settings: FollowerSettings;
  readonly #followed = new Map<string, Followed>();

  constructor(settings: FollowerSettings) {
    this.#settings = settings;
  }

  /** Gives the log's lines from an offset on to `send`, rendered, and follows to the attempt's end, which it returns. Throws: when the reader left. */
  async follow(log: { jobId: string; attempt: number; offset: number }, send: (text: Buffer) => Promise<void>, signal: AbortSignal): Promise<JobState> {
    const { followed, leave } = this.#enter(log.jobId, log.attempt);
    try {
      for (let offset = log.offset; ;) {
        const seen = followed.latest;
        const piece = await followed.tail.read(offset, seen.size, seen.end !== null);
        if (piece !== null) {
          await send(piece.text);
          offset = piece.next;
        } else if (seen.end !== null) return seen.end.job;
        else await followed.newerThan(seen, signal);
      }
    } finally {
      leave();
    }
  }

  #enter(jobId: string, attempt: number): { followed: Followed; leave: () => void } {
    const key = `${jobId}/${attempt}`;
    const followed = this.#followed.get(key) ?? this.#begin(jobId, attempt);
    this.#followed.set(key, followed);
    followed.readers++;
    return {
      followed,
      leave: () => {
        if (--followed.readers > 0) return;
        this.#followed.delete(key);
        followed.close();
      },
    };
  }

  #begin(jobId: string, attempt: number): Followed {
    const { changes, endOf, pathOf } = this.#settings;
    const followed = new Followed(new LogTail(pathOf(jobId, attempt)), () => endOf(jobId, attempt), this.#settings);
    followed.onClose = changes.listen(jobId, (change) => followed.announced(change));
    return followed;
  }
}
