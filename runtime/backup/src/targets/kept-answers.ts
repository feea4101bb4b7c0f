import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { Clock } from "@freehold/kernel/clock";

interface KeptAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A bucket that was emptied and filled anew is met as it is at least once in this time. Units: milliseconds. */
const keptForMs = 12 * 3_600_000;
const largestBytes = 65_536;
/** A repository's `config` and each of its keys are written once and never changed; everything else is asked for. */
const neverChanges = /\/(config|keys\/[0-9a-f]{64})$/;

/**
 * What restic asks at each of its starts and never changes: three requests of some thirteen. Which keys there are is asked each time, so a repository
 * that is gone is noticed. Forgotten when something fails or changes such an object.
 */
export class KeptAnswers {
  readonly #clock: Clock;
  readonly #answers = new Map<string, KeptAnswer & { at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  find(asked: IncomingMessage): KeptAnswer | undefined {
    if (!isRead(asked)) {
      if (isKeepable(asked)) this.forget();
      return undefined;
    }
    const found = this.#answers.get(keyOf(asked));
    const age = this.#clock.now() - (found?.at ?? 0);
    return age >= 0 && age < keptForMs ? found : undefined;
  }

  /** Keeps an answer that is worth it, once its stream has come to its end. */
  watch(asked: IncomingMessage, response: IncomingMessage, stream: Readable): void {
    if (!isRead(asked) || !isKeepable(asked) || response.statusCode !== 200) return;
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => void parts.push(part));
    stream.once("end", () => {
      const body = Buffer.concat(parts);
      if (!response.complete || body.length > largestBytes) return;
      this.#answers.set(keyOf(asked), { status: 200, headers: response.headers, body, at: this.#clock.now() });
    });
  }

  forget(): void {
    this.#answers.clear();
  }
}

const isRead = ({ method }: IncomingMessage): boolean => method === "GET" || method === "HEAD";
const isKeepable = ({ url = "/" }: IncomingMessage): boolean => neverChanges.test(new URL(url, "http://bucket").pathname.replaceAll(/%2f/gi, "/"));
const keyOf = ({ method, url, headers }: IncomingMessage): string => `${method} ${url} ${headers.range ?? ""}`;
