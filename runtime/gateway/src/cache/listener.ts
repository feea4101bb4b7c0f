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

  /** Reads on as far as its caller takes it. */
  readOn(): void {
    const { head, isEnded, length } = this.#tape;
    if (this.isOver || head === undefined) return;
    if (!this.outlet.headersSent) this.outlet.writeHead(head.status, this.#headersOf(head.headers));
    while (this.at < length && !this.outlet.writableNeedDrain) {
      this.firstByteAt ??= performance.now();
      const chunk = this.#tape.chunk(this.at);
      this.at += 1;
      if (isEnded && this.at === length) return this.#finish(chunk);
      this.outlet.write(chunk);
    }
    if (isEnded && this.at === length) this.#finish();
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
