import type { AnswerHeaders } from "../outlet.ts";

/** A complete answer, as it came. */
export interface StoredAnswer {
  headers: AnswerHeaders;
  body: Buffer;
  model: string | undefined;
  streamed: boolean;
  /** Units: milliseconds since 1970. */
  storedAt: number;
}

export interface AnswerStoreBounds {
  ageMs: number;
  bytes: number;
}

/** What an answer takes beside its body, roughly. Units: bytes. */
const overheadBytes = 1_024;

/** Complete answers by the key of their request; those not asked for longest go first when there are too many bytes. */
export class AnswerStore {
  readonly #bounds: AnswerStoreBounds;
  readonly #onSize: (size: { answers: number; bytes: number }) => void;
  readonly #answers = new Map<string, StoredAnswer>();
  #bytes = 0;

  constructor(bounds: AnswerStoreBounds, onSize: (size: { answers: number; bytes: number }) => void) {
    this.#bounds = bounds;
    this.#onSize = onSize;
  }

  get count(): number {
    return this.#answers.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  find(key: string, now: number): StoredAnswer | undefined {
    const answer = this.#answers.get(key);
    if (answer === undefined) return undefined;
    this.#answers.delete(key);
    if (now - answer.storedAt >= this.#bounds.ageMs) {
      this.#bytes -= sizeOf(answer);
      this.#tell();
      return undefined;
    }
    this.#answers.set(key, answer);
    return answer;
  }

  put(key: string, answer: StoredAnswer): void {
    if (sizeOf(answer) > this.#bounds.bytes) return;
    const old = this.#answers.get(key);
    if (old !== undefined) this.#drop(key, old);
    this.#answers.set(key, answer);
    this.#bytes += sizeOf(answer);
    for (const [oldKey, oldest] of this.#answers) {
      if (this.#bytes <= this.#bounds.bytes) break;
      this.#drop(oldKey, oldest);
    }
    this.#tell();
  }

  /** Drops what is too old, so that it holds no memory. */
  forget(now: number): void {
    for (const [key, answer] of this.#answers) if (now - answer.storedAt >= this.#bounds.ageMs) this.#drop(key, answer);
    this.#tell();
  }

  clear(): void {
    this.#answers.clear();
    this.#bytes = 0;
    this.#tell();
  }

  #drop(key: string, answer: StoredAnswer): void {
    this.#answers.delete(key);
    this.#bytes -= sizeOf(answer);
  }

  #tell(): void {
    this.#onSize({ answers: this.#answers.size, bytes: this.#bytes });
  }
}

const sizeOf = ({ body }: StoredAnswer): number => body.length + overheadBytes;
