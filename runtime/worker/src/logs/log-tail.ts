import { open, stat, type FileHandle } from "node:fs/promises";
import { systemCodeOf } from "@freehold/kernel/errors";
import { renderLines, renderLongLine, type RenderedLines } from "./log-events.ts";

const chunkBytes = 262_144;
const longestLineBytes = 1_048_576;
const remembered = 16;

/**
 * Reads one attempt's log for all its readers. Readers at the same place share one reading and one rendering, and those who
 * follow are all at the same place: the end. Nothing is kept but the last few pieces.
 */
export class LogTail {
  readonly #path: string;
  readonly #pieces = new Map<string, Promise<RenderedLines | null>>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Units: bytes; 0 while there is no file. */
  async size(): Promise<number> {
    try {
      return (await stat(this.#path)).size;
    } catch (thrown) {
      if (systemCodeOf(thrown) === "ENOENT") return 0;
      throw thrown;
    }
  }

  /** The next whole lines from `offset` on, in a log of `size` bytes; null when there are none yet. With `closed` nothing more will come. */
  read(offset: number, size: number, closed: boolean): Promise<RenderedLines | null> {
    if (offset >= size) return Promise.resolve(null);
    const key = `${offset} ${size} ${closed}`;
    const known = this.#pieces.get(key);
    if (known !== undefined) return known;
    const piece = this.#read(offset, size, closed).catch((thrown: unknown) => {
      this.#pieces.delete(key);
      throw thrown;
    });
    this.#pieces.set(key, piece);
    for (const oldest of this.#pieces.keys()) {
      if (this.#pieces.size <= remembered) break;
      this.#pieces.delete(oldest);
    }
    return piece;
  }

  async #read(offset: number, size: number, closed: boolean): Promise<RenderedLines | null> {
    const file = await open(this.#path, "r");
    try {
      for (let length = chunkBytes; ; length = longestLineBytes) {
        const bytes = await bytesAt(file, offset, Math.min(length, size - offset));
        const rest = closed && offset + bytes.length >= size;
        const rendered = renderLines(bytes, offset, rest);
        if (rendered !== null || offset + bytes.length >= size) return rendered;
        if (length === longestLineBytes) return await longLine(file, offset, size, closed);
      }
    } finally {
      await file.close();
    }
  }
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function longLine(file: FileHandle, offset: number, size: number, closed: boolean): Promise<RenderedLines | null> {
  for (let position = offset + longestLineBytes; position < size; position += chunkBytes) {
    const found = (await bytesAt(file, position, Math.min(chunkBytes, size - position))).indexOf(0x0a);
    if (found !== -1) return renderLongLine(position + found - offset, position + found + 1);
  }
  return closed ? renderLongLine(size - offset, size) : null;
}
