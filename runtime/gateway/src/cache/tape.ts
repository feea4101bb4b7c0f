import type { AnswerHeaders } from "../outlet.ts";

/** How many bytes all running answers may hold together. Units: bytes. */
export interface TapeRoom {
  used: number;
  readonly most: number;
}

/** An answer as it comes, kept for those who hear it later. */
export class Tape {
  head: { status: number; headers: AnswerHeaders } | undefined;
  isEnded = false;
  readonly #room: TapeRoom;
  readonly #mostBytes: number;
  #chunks: Buffer[] = [];
  #dropped = 0;
  #bytes = 0;

  /** Units: bytes. */
  constructor(room: TapeRoom, mostBytes: number) {
    this.#room = room;
    this.#mostBytes = mostBytes;
  }

  /** How many chunks there have been. */
  get length(): number {
    return this.#dropped + this.#chunks.length;
  }

  /** Whether it can still be heard from its beginning. */
  get isWhole(): boolean {
    return this.#dropped === 0;
  }

  /** Whether it holds more than it may, so that what all have heard must go. */
  get isFull(): boolean {
    return this.#bytes > this.#mostBytes || this.#room.used > this.#room.most;
  }

  append(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#count(chunk.length);
  }

  chunk(index: number): Buffer {
    return this.#chunks[index - this.#dropped] as Buffer;
  }

  /** Drops what stands before a chunk. */
  dropBefore(index: number): void {
    const gone = this.#chunks.splice(0, index - this.#dropped);
    this.#dropped += gone.length;
    this.#count(-gone.reduce((sum, { length }) => sum + length, 0));
  }

  /** What it holds, to be copied: a chunk may be a small part of a larger buffer that would be held with it. */
  get pieces(): readonly Buffer[] {
    return this.#chunks;
  }

  /** What it holds, until it is closed. Units: bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Frees its room; who still hears it may go on. */
  close(): void {
    this.#count(-this.#bytes);
  }

  #count(change: number): void {
    this.#bytes += change;
    this.#room.used += change;
  }
}
