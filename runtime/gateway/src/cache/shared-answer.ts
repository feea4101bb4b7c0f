import type { AnswerHeaders, Outlet } from "../outlet.ts";
import { Listener } from "./listener.ts";
import type { Tape } from "./tape.ts";

export interface SharedAnswerParts {
  tape: Tape;
  /** The whole answer has come. */
  onEnd: () => void;
  /** All callers have left before that. */
  onDeserted: () => void;
  /** Ends a caller who has fallen too far behind the others. */
  cutOff: (listener: Listener) => void;
}

/**
 * The outlet of a call whose answer several callers may hear. Each reads at its own speed from the bytes that have come; the provider is held back only while all
 * of them are slow, and one that falls too far behind the others is cut off, so that it neither holds them up nor fills the memory.
 */
export class SharedAnswer implements Outlet {
  destroyed = false;
  readonly #parts: SharedAnswerParts;
  readonly #tape: Tape;
  readonly #listeners = new Set<Listener>();
  readonly #heard: Record<"close" | "drain", (() => void)[]> = { close: [], drain: [] };
  #isHeldBack = false;

  constructor(parts: SharedAnswerParts) {
    this.#parts = parts;
    this.#tape = parts.tape;
  }

  get headersSent(): boolean {
    return this.#tape.head !== undefined;
  }

  get writableEnded(): boolean {
    return this.#tape.isEnded;
  }

  get writableFinished(): boolean {
    return this.#tape.isEnded;
  }

  get writableNeedDrain(): boolean {
    return this.#isHeldBack;
  }

  /** Whether another caller can still hear all of it. */
  get canBeJoined(): boolean {
    return !this.destroyed && this.#tape.isWhole;
  }

  /** Adds a caller, who first gets what has come already. `onGone` is told when it has all of it, or has left. */
  join(outlet: Outlet, headersOf: (headers: AnswerHeaders) => AnswerHeaders, onGone?: (listener: Listener) => void): void {
    const listener = new Listener(this.#tape, outlet, headersOf);
    this.#listeners.add(listener);
    outlet.on("drain", () => this.#drained(listener));
    outlet.on("close", () => {
      this.#left(listener);
      onGone?.(listener);
    });
    listener.readOn();
  }

  writeHead(status: number, headers: AnswerHeaders): void {
    this.#tape.head = { status, headers };
  }

  flushHeaders(): void {
    this.#readOn();
    for (const { outlet } of this.#listeners) outlet.flushHeaders();
  }

  write(bytes: Buffer | string): boolean {
    this.#isHeldBack = !(typeof bytes === "string" && bytes.startsWith("event: ping") ? this.#sendBeside(bytes) : this.#append(bytes));
    return !this.#isHeldBack;
  }

  end(bytes?: Buffer | string): void {
    if (this.#tape.isEnded) return;
    if (bytes !== undefined) this.#tape.append(toBuffer(bytes));
    this.#tape.isEnded = true;
    this.#parts.onEnd();
    this.#readOn();
    this.#tape.close();
    queueMicrotask(() => this.#emit("close"));
  }

  on(event: "close" | "drain", heard: () => void): void {
    this.#heard[event].push(heard);
  }

  /** Tells whether anybody is ready for more; so does the next one. */
  #append(bytes: Buffer | string): boolean {
    this.#tape.append(toBuffer(bytes));
    const isAnyReady = this.#readOn();
    if (!this.#tape.isFull) return isAnyReady;
    this.#trim();
    return this.#isAnyReady();
  }

  #sendBeside(bytes: string): boolean {
    for (const listener of this.#listeners) listener.sendBeside(bytes);
    return this.#isAnyReady();
  }

  /** Keeps only what somebody still has to read, and of that not too much. */
  #trim(): void {
    this.#tape.dropBefore(this.#slowest());
    while (this.#tape.isFull && this.#listeners.size > 1 && this.#isAnyReady()) {
      const at = this.#slowest();
      for (const listener of this.#listeners) if (listener.at === at) this.#cut(listener);
      this.#tape.dropBefore(this.#slowest());
    }
  }

  #cut(listener: Listener): void {
    this.#listeners.delete(listener);
    this.#parts.cutOff(listener);
  }

  #slowest(): number {
    let at = this.#tape.length;
    for (const listener of this.#listeners) at = Math.min(at, listener.at);
    return at;
  }

  #readOn(): boolean {
    let isAnyReady = false;
    for (const listener of this.#listeners) if (listener.readOn()) isAnyReady = true;
    return isAnyReady;
  }

  #isAnyReady(): boolean {
    for (const listener of this.#listeners) if (listener.isReady) return true;
    return false;
  }

  #drained(listener: Listener): void {
    listener.readOn();
    this.#letGo();
  }

  #left(listener: Listener): void {
    listener.isOver = true;
    if (!this.#listeners.delete(listener) || this.#tape.isEnded) return;
    if (this.#listeners.size > 0) return this.#letGo();
    this.destroyed = true;
    this.#tape.close();
    this.#parts.onDeserted();
    this.#emit("close");
  }

  #letGo(): void {
    if (!this.#isHeldBack || !this.#isAnyReady()) return;
    this.#isHeldBack = false;
    this.#emit("drain");
  }

  #emit(event: "close" | "drain"): void {
    for (const heard of this.#heard[event]) heard();
  }
}

const toBuffer = (bytes: Buffer | string): Buffer => (typeof bytes === "string" ? Buffer.from(bytes) : bytes);
