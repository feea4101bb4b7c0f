import type { Clock } from "@freehold/kernel/clock";
import { renderErrorEvent } from "../anthropic-error.ts";
import type { Call } from "../call.ts";
import type { Ending, Outcome } from "../ending.ts";
import { refusal } from "../errors.ts";
import type { AnswerHeaders } from "../outlet.ts";
import type { AnswerCache, CacheNext, CacheTurn } from "../pipeline.ts";
import { noUsage } from "../usage.ts";
import { Slots } from "../slots.ts";
import type { AnswerStore, StoredAnswer } from "./answer-store.ts";
import type { Listener } from "./listener.ts";
import type { CacheMeters } from "./meters.ts";
import { requestKey } from "./request-key.ts";
import { SharedAnswer } from "./shared-answer.ts";
import { Tape, type TapeRoom } from "./tape.ts";

export interface CallCacheParts {
  store: AnswerStore;
  room: TapeRoom;
  meters: CacheMeters;
  clock: Clock;
  /** Units: bytes. A longer answer is neither kept nor shared. */
  mostAnswerBytes: number;
  /** Whether a provider may answer callers of another dialect in their own words: such an answer has two forms, and is neither kept nor shared. */
  hasForeignWords: boolean;
}

/** An answer that is under way. */
interface Running {
  shared: SharedAnswer;
  tape: Tape;
  ending: Ending | undefined;
  /** The leader's own headers, which are nobody else's. */
  leaderHeaders: AnswerHeaders;
}

const passed: CacheTurn = { turn: "pass" };
const replayed: CacheTurn = { turn: "answered", from: "hit" };
const followed: CacheTurn = { turn: "answered", from: "shared" };
const clientClosedRequest = 499;

/** Answers a request that was answered lately, and lets those that are asked at the same time share one answer. Only identical requests of one tenant meet. */
export class CallCache implements AnswerCache {
  readonly #parts: CallCacheParts;
  readonly #running = new Slots<Running>();
  readonly #slots = new Map<string, number>();

  constructor(parts: CallCacheParts) {
    this.#parts = parts;
  }

  lookUp(call: Call, next: CacheNext): CacheTurn {
    const key = this.#isMeant(call) ? requestKey(call) : undefined;
    if (key === undefined) return passed;
    const stored = this.#parts.store.find(key, this.#parts.clock.now());
    if (stored !== undefined) return this.#replay(stored, call, next);
    const slot = this.#slots.get(key);
    const running = slot === undefined ? undefined : this.#running.at(slot);
    if (running === undefined) return this.#lead(key, call, next);
    return running.shared.canBeJoined ? this.#follow(running, call, next) : passed;
  }

  #isMeant(call: Call): boolean {
    if (call.route.name !== "messages" || call.key.rules?.cache === false) return false;
    return !isDeclined(call) && !(this.#parts.hasForeignWords && call.origin !== undefined);
  }

  #replay({ headers, body, model, streamed, storedAt }: StoredAnswer, call: Call, { headers: own, begin, finish }: CacheNext): CacheTurn {
    const { meters, clock } = this.#parts;
    meters.served("hit");
    begin(free.provider);
    const { outlet } = call;
    const firstByteAt = performance.now();
    const age = String(Math.floor((clock.now() - storedAt) / 1_000));
    outlet.on("close", () => finish({ ...free, outcome: outlet.writableFinished ? "completed" : "aborted", status: 200, model, streamed, firstByteAt }));
    outlet.writeHead(200, { ...headers, ...own, age, "request-id": call.id, "x-freehold-cache": "hit" });
    outlet.end(body);
    return replayed;
  }

  #follow(running: Running, call: Call, { headers: own, begin, finish }: CacheNext): CacheTurn {
    this.#parts.meters.served("shared");
    begin(free.provider);
    const headersOf = (headers: AnswerHeaders) => ({ ...without(headers, running.leaderHeaders), ...own, "request-id": call.id, "x-freehold-cache": "shared" });
    running.shared.join(call.outlet, headersOf, (listener) => finish(endingOf(running, call, listener)));
    return followed;
  }

  #lead(key: string, call: Call, { headers: own }: CacheNext): CacheTurn {
    const { room, mostAnswerBytes, meters } = this.#parts;
    meters.served("miss");
    const tape = new Tape(room, mostAnswerBytes);
    const shared = new SharedAnswer({
      tape,
      onEnd: () => this.#keep(key, running),
      onDeserted: () => this.#forget(key),
      cutOff: (listener) => this.#cutOff(listener),
    });
    const running: Running = { shared, tape, ending: undefined, leaderHeaders: own ?? {} };
    this.#slots.set(key, this.#running.add(running));
    shared.join(call.outlet, (headers) => ({ ...headers, "x-freehold-cache": "miss" }));
    return { turn: "lead", outlet: shared, settled: (ending) => void (running.ending = ending) };
  }

  #keep(key: string, { tape, ending, leaderHeaders }: Running): void {
    this.#forget(key);
    const { store, clock, mostAnswerBytes } = this.#parts;
    if (tape.head?.status !== 200 || ending?.outcome !== "completed" || !tape.isWhole || isEncoded(tape.head.headers)) return;
    if (tape.bytes > mostAnswerBytes) return;
    const { model, streamed } = ending;
    store.put(key, { headers: without(tape.head.headers, leaderHeaders), pieces: tape.pieces, model, streamed, storedAt: clock.now() });
  }

  #forget(key: string): void {
    this.#running.remove(this.#slots.get(key) ?? -1);
    this.#slots.delete(key);
  }

  #cutOff(listener: Listener): void {
    const why = refusal("stream.lagging", "This answer is shared with other callers, and this one has read it too slowly. Try again.");
    this.#parts.meters.lagged();
    listener.cutOff(renderErrorEvent(why));
  }
}

/** What no answer of the cache has cost. */
const free = { provider: "cache", usage: noUsage, costUsd: 0, upstreamRequestId: undefined } as const;

function endingOf({ tape, ending }: Running, { fields, outlet }: Pick<Call, "fields" | "outlet">, { at, firstByteAt }: Listener): Ending {
  const heardAll = outlet.writableFinished && tape.isEnded && at === tape.length;
  const outcome: Outcome = heardAll ? (ending?.outcome ?? "failed") : outlet.writableFinished ? "failed" : "aborted";
  const status = tape.head?.status ?? clientClosedRequest;
  return { ...free, outcome, status, model: ending?.model ?? fields.model, streamed: ending?.streamed ?? fields.stream, firstByteAt };
}

/** Whether the caller wants an answer of its own. */
function isDeclined({ request: { headers } }: Call): boolean {
  return headers["x-freehold-cache"] === "off" || /\bno-(?:store|cache)\b/i.test(headers["cache-control"] ?? "");
}

const isEncoded = (headers: AnswerHeaders): boolean => !["", "identity"].includes(String(headers["content-encoding"] ?? ""));

/** Put together anew: an object of which something was deleted is slow and large, and it may be kept for minutes. */
function without(headers: AnswerHeaders, dropped: AnswerHeaders): AnswerHeaders {
  const kept: AnswerHeaders = {};
  for (const name in headers) if (!Object.hasOwn(dropped, name)) kept[name] = headers[name] as string | string[];
  return kept;
}
