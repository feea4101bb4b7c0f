import type { Frame } from "./docker-frames.ts";

const newline = 0x0a;
/** Docker cuts longer lines into pieces of exactly this size. Source: moby, daemon/logger/copier.go, `defaultBufSize`. */
const pieceBytes = 16_384;
const stderrLineBytes = 65_536;
const pendingBytes = 1_048_576;

/**
 * Renders the frames of a container's log as lines: stdout as it is, each line of stderr as a JSON line of its own between
 * two lines of stdout. The bytes depend on the frames alone, never on when they came, so an offset means the same in
 * every rendering of one log. Memory is bounded whatever a job prints.
 */
export class LogRenderer {
  #insideLine = false;
  #stderr: Buffer[] = [];
  #stderrSize = 0;
  #pending: Buffer[] = [];
  #pendingSize = 0;
  #dropped = 0;

  push({ source, payload }: Frame): Buffer[] {
    return source === "stdout" ? this.#stdout(payload) : this.#collect(payload);
  }

  /** What is left when the container has ended: lines that no newline closed. */
  end(): Buffer[] {
    const closing = this.#insideLine ? [Buffer.from("\n"), ...this.#flush()] : [];
    this.#insideLine = false;
    return this.#stderrSize > 0 ? [...closing, this.#takeStderr()] : closing;
  }

  #stdout(payload: Buffer): Buffer[] {
    const closed = payload.at(-1) === newline;
    this.#insideLine = !closed && payload.length >= pieceBytes;
    if (this.#insideLine) return [payload];
    return closed ? [payload, ...this.#flush()] : [payload, Buffer.from("\n"), ...this.#flush()];
  }

  #collect(payload: Buffer): Buffer[] {
    this.#stderrSize += payload.length;
    const kept = this.#stderr.reduce((sum, piece) => sum + piece.length, 0);
    if (kept < stderrLineBytes) this.#stderr.push(payload.subarray(0, stderrLineBytes - kept));
    const ended = payload.at(-1) === newline || payload.length < pieceBytes;
    return ended ? this.#place(this.#takeStderr()) : [];
  }

  #takeStderr(): Buffer {
    const truncated = this.#stderrSize > stderrLineBytes;
    const bytes = Buffer.concat(this.#stderr);
    const text = (truncated ? wholeCharacters(bytes) : bytes).toString("utf8").replace(/\r?\n$/, "");
    this.#stderr = [];
    this.#stderrSize = 0;
    return jsonLine({ subtype: "stderr", text, ...(truncated ? { truncated } : {}) });
  }

  #place(line: Buffer): Buffer[] {
    if (!this.#insideLine) return [line];
    if (this.#pendingSize + line.length > pendingBytes) this.#dropped++;
    else {
      this.#pending.push(line);
      this.#pendingSize += line.length;
    }
    return [];
  }

  #flush(): Buffer[] {
    const lines = this.#dropped === 0 ? this.#pending : [...this.#pending, jsonLine({ subtype: "stderr-dropped", lines: this.#dropped })];
    this.#pending = [];
    this.#pendingSize = 0;
    this.#dropped = 0;
    return lines;
  }
}

const jsonLine = (fields: object) => Buffer.from(`${JSON.stringify({ type: "freehold", ...fields })}\n`);

/** Drops the beginning of a UTF-8 character that was cut off at the end. */
function wholeCharacters(bytes: Buffer): Buffer {
  let start = bytes.length - 1;
  while (start > 0 && bytes.length - start < 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  const lead = bytes[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + length > bytes.length ? bytes.subarray(0, start) : bytes;
}
