import { CronFileError, type Position } from "./cron-file-error.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a file, read one character at a time; a character is looked at, and refused if it is broken, as soon as it is next. */
export class SourceText {
  /** The character that is next; undefined at the end. */
  next: string | undefined;
  /** Units: bytes before the next character. */
  offset = 0;
  readonly #bytes: Uint8Array;
  /** Offsets of the lines that have begun. */
  readonly #lines = [0];
  #width = 0;

  constructor(text: string | Uint8Array) {
    this.#bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    this.#look();
  }

  advance(): void {
    this.offset += this.#width;
    if (this.next === "\n") this.#lines.push(this.offset);
    this.#look();
  }

  /** The text between two offsets that were passed. */
  slice(start: number, end: number): string {
    return decoder.decode(this.#bytes.subarray(start, end));
  }

  /** The position of an offset that was passed. */
  positionOf(offset: number): Position {
    const line = this.#lines.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (this.#lines[line] ?? 0) + 1 };
  }

  #look(): void {
    const first = this.#bytes[this.offset];
    this.#width = widthOf(first);
    if (first === undefined) this.next = undefined;
    else if (first === 0) throw this.#refusal("The file holds a NUL character here.", "Remove it; the file must be plain UTF-8 text.");
    else this.next = first < 0x80 ? String.fromCharCode(first) : this.#decoded();
  }

  #decoded(): string {
    try {
      return this.slice(this.offset, this.offset + this.#width);
    } catch {
      throw this.#refusal("The bytes here are no UTF-8.", "Save the file as UTF-8.");
    }
  }

  #refusal(message: string, cure: string): CronFileError {
    return new CronFileError(this.positionOf(this.offset), message, cure);
  }
}

function widthOf(first: number | undefined): number {
  if (first === undefined) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}
