const lineFeed = 10;
const blankLine = Buffer.from("\n\n");
const blankLineCrLf = Buffer.from("\r\n\r\n");
/** Longer than any boundary less one byte: a boundary may begin in what was held. */
const tailBytes = 3;
/** An event longer than this is passed on in parts. Units: bytes. */
const longestHeldBytes = 4_194_304;

/**
 * Lets whole server-sent events through and holds an unfinished one back until it is complete. The bytes stay as they are; a stream that is cut
 * never leaves half an event with the caller.
 */
export class EventCutter {
  #held: Buffer[] = [];
  #heldBytes = 0;

  /** Takes a chunk and returns what may be passed on now, if anything. */
  push(chunk: Buffer): Buffer | undefined {
    const size = chunk.length;
    if (size > 1 && chunk[size - 1] === lineFeed && chunk[size - 2] === lineFeed) return this.#release(chunk);
    const tail = this.#tail();
    const end = boundaryEnd(tail.length === 0 ? chunk : Buffer.concat([tail, chunk])) - tail.length;
    if (end <= 0) {
      this.#hold(chunk);
      return this.#heldBytes > longestHeldBytes ? this.flush() : undefined;
    }
    const ready = this.#release(chunk.subarray(0, end));
    if (end < size) this.#hold(chunk.subarray(end));
    return ready;
  }

  /** Returns what is held, complete or not. */
  flush(): Buffer | undefined {
    return this.#heldBytes === 0 ? undefined : this.#release(Buffer.alloc(0));
  }

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
  }

  #release(last: Buffer): Buffer {
    if (this.#heldBytes === 0) return last;
    const whole = Buffer.concat([...this.#held, last]);
    this.#held = [];
    this.#heldBytes = 0;
    return whole;
  }

  #tail(): Buffer {
    if (this.#heldBytes === 0) return Buffer.alloc(0);
    let tail = Buffer.alloc(0);
    for (let index = this.#held.length - 1; index >= 0 && tail.length < tailBytes; index--)
      tail = Buffer.concat([this.#held[index] as Buffer, tail]).subarray(-tailBytes);
    return tail;
  }
}

/** The index after the last blank line, or -1. */
function boundaryEnd(bytes: Buffer): number {
  const plain = bytes.lastIndexOf(blankLine);
  const withReturns = bytes.lastIndexOf(blankLineCrLf);
  return Math.max(plain < 0 ? -1 : plain + blankLine.length, withReturns < 0 ? -1 : withReturns + blankLineCrLf.length);
}
