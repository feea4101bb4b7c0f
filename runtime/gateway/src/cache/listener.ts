import type { AnswerHeaders, Outlet } from "../outlet.ts";
import type { Tape } from "./tape.ts";

/** One caller of a shared answer, who reads at a speed of its own. */
export class Listener {
  /** The next chunk that it will read. */
  at = 0;
  isOver = false;
  /** Units: milliseconds of the monotonic clock. */
  firstByteAt: number | undefined;
  readonly outlet: Outlet;
  readonly #tape: Tape;
  readonly #headersOf: (headers: AnswerHeaders) => AnswerHeaders;

  constructor(tape: Tape, outlet: Outlet, headersOf: (headers: AnswerHeaders) => AnswerHeaders) {
    this.#tape = tape;
    this.outlet = outlet;
    this.#headersOf = headersOf;
  }

  /** Whether it has read all there is and can take more at once. */
  get isReady(): boolean {
    return this.at === this.#tape.length && !this.outlet.writableNeedDrain;
  }

  /** Reads on as far as its caller takes it. Tells whether it is ready for more. */
  readOn(): boolean {
    const { head, isEnded, length } = this.#tape;
    const { outlet } = this;
    if (this.isOver || head === undefined) return this.isReady;
    if (!outlet.headersSent) outlet.writeHead(head.status, this.#headersOf(head.headers));
    let takesMore = !outlet.writableNeedDrain;
    while (this.at < length && takesMore) {
      this.firstByteAt ??= performance.now();
      const chunk = this.#tape.chunk(this.at);
      this.at += 1;
      if (isEnded && this.at === length) this.#finish(chunk);
      else takesMore = outlet.write(chunk);
    }
    if (isEnded && this.at === length && !this.isOver) this.#finish();
    return takesMore && this.at === length;
  }

  /** Sends what is no part of the answer, such as a `ping`, if it disturbs nothing. */
  sendBeside(bytes: Buffer | string): void {
    this.readOn();
    if (!this.isOver && this.isReady) this.outlet.write(bytes);
  }

  /** Ends it with some last bytes, whatever it has not read. */
  cutOff(last: string): void {
    this.isOver = true;
    this.outlet.end(last);
  }

  #finish(last?: Buffer): void {
    this.isOver = true;
    if (last === undefined) this.outlet.end();
    else this.outlet.end(last);
  }
}
