import type { AnswerHeaders } from "../outlet.ts";
import { AnswerPages, type Page } from "./answer-pages.ts";

/** A complete answer, as it came. */
export interface StoredAnswer {
  headers: AnswerHeaders;
  body: Buffer;
  model: string | undefined;
  streamed: boolean;
  /** Units: milliseconds since 1970. */
  storedAt: number;
}

/** An answer whose body is still in the pieces in which it came. */
export interface NewAnswer extends Omit<StoredAnswer, "body"> {
  pieces: readonly Buffer[];
}

export interface AnswerStoreBounds {
  ageMs: number;
  bytes: number;
}

interface Kept extends StoredAnswer {
  page: Page;
}

/** What an answer takes beside its body: headers, key, and what holds them together. 800 were measured with six short headers; providers send twenty. Units: bytes. */
const overheadBytes = 2_048;

/** Complete answers by the key of their request; those not asked for longest go first when they take too many bytes, a page of them at a time. */
export class AnswerStore {
  readonly #bounds: AnswerStoreBounds;
  readonly #onSize: (size: { answers: number; bytes: number }) => void;
  readonly #pages: AnswerPages;
  /** In the order in which they were asked for last, which is also that of their pages. */
  readonly #answers = new Map<string, Kept>();

  constructor(bounds: AnswerStoreBounds, onSize: (size: { answers: number; bytes: number }) => void) {
    this.#bounds = bounds;
    this.#onSize = onSize;
    this.#pages = new AnswerPages(bounds.bytes);
  }

  get count(): number {
    return this.#answers.size;
  }

  get bytes(): number {
    return this.#pages.bytes + this.#answers.size * overheadBytes;
  }

  find(key: string, now: number): StoredAnswer | undefined {
    const answer = this.#answers.get(key);
    if (answer === undefined) return undefined;
    if (now - answer.storedAt >= this.#bounds.ageMs) {
      this.#drop(key, answer);
      this.#tell();
      return undefined;
    }
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    if (!this.#pages.isNewest(answer.page)) this.#renew(answer);
    return answer;
  }

  put(key: string, { pieces, ...answer }: NewAnswer): void {
    if (pieces.reduce((sum, { length }) => sum + length, overheadBytes) > this.#bounds.bytes) return;
    const old = this.#answers.get(key);
    if (old !== undefined) this.#drop(key, old);
    this.#answers.set(key, { ...answer, ...this.#pages.add(pieces) });
    this.#makeRoom();
    this.#tell();
  }

  /** Drops what is too old, so that it holds no memory. */
  forget(now: number): void {
    for (const [key, answer] of this.#answers) if (now - answer.storedAt >= this.#bounds.ageMs) this.#drop(key, answer);
    this.#tell();
  }

  clear(): void {
    for (const [key, answer] of this.#answers) this.#drop(key, answer);
    this.#tell();
  }

  /** Moves an answer into the newest page: it would hold an old one otherwise, with all that is in it. */
  #renew(answer: Kept): void {
    const { page, body } = answer;
    Object.assign(answer, this.#pages.add([body]));
    this.#pages.release(page);
    this.#makeRoom();
  }

  #makeRoom(): void {
    for (const [key, answer] of this.#answers) {
      if (this.bytes <= this.#bounds.bytes) break;
      this.#drop(key, answer);
    }
  }

  #drop(key: string, answer: Kept): void {
    this.#answers.delete(key);
    this.#pages.release(answer.page);
  }

  #tell(): void {
    this.#onSize({ answers: this.#answers.size, bytes: this.bytes });
  }
}
