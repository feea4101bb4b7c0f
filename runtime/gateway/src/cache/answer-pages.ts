/** A piece of memory that answers are put into, one after the other. */
export interface Page {
  readonly memory: Buffer;
  /** Units: bytes. */
  used: number;
  /** How many of its answers are still kept. */
  answers: number;
}

/** Units: bytes. */
const usualPageBytes = 1_048_576;
/** Less than this many would let too much go at once. */
const fewestPages = 8;

/**
 * The memory of kept answers, in pages. Thousands of small pieces that live for minutes among larger ones that live for milliseconds would tear the process's memory into
 * parts that nothing fits into any more; and pages take exactly what they say.
 */
export class AnswerPages {
  /** The oldest first; answers are added to the last one. */
  #pages: Page[] = [];
  readonly #pageBytes: number;
  #bytes = 0;

  /** Units: bytes. */
  constructor(mostBytes: number) {
    this.#pageBytes = Math.min(usualPageBytes, Math.ceil(mostBytes / fewestPages));
  }

  /** What all pages take. Units: bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  isNewest(page: Page): boolean {
    return page === this.#pages.at(-1);
  }

  /** Copies the pieces of an answer into the newest page. */
  add(pieces: readonly Buffer[]): { page: Page; body: Buffer } {
    const page = this.#pageFor(pieces.reduce((sum, { length }) => sum + length, 0));
    const start = page.used;
    for (const piece of pieces) page.used += piece.copy(page.memory, page.used);
    page.answers += 1;
    return { page, body: page.memory.subarray(start, page.used) };
  }

  /** One of its answers is kept no longer; the last one takes the page with it, which lives on only while an answer of it is being sent. */
  release(page: Page): void {
    page.answers -= 1;
    if (page.answers > 0) return;
    this.#pages = this.#pages.filter((kept) => kept !== page);
    this.#bytes -= page.memory.length;
  }

  #pageFor(length: number): Page {
    const newest = this.#pages.at(-1);
    if (newest !== undefined && newest.memory.length - newest.used >= length) return newest;
    // Memory of its own: what `allocUnsafe` gives may be a part of a larger buffer.
    const page = { memory: Buffer.allocUnsafeSlow(Math.max(length, this.#pageBytes)), used: 0, answers: 0 };
    this.#pages.push(page);
    this.#bytes += page.memory.length;
    return page;
  }
}
