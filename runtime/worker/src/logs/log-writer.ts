import { open, type FileHandle } from "node:fs/promises";

/**
 * Writes an attempt's log at given positions instead of appending: the manager renders the same bytes for the same offset, so a second
 * writer, or the same after a crash, writes what is there already.
 */
export class LogWriter {
  readonly #file: FileHandle;
  #size: number;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  static async open(path: string): Promise<LogWriter> {
    // Read and write, made when missing, never cut off; Node has no flag of its own for that.
    const file = await open(path, "a").then(async (made) => {
      await made.close();
      return open(path, "r+");
    });
    return new LogWriter(file, (await file.stat()).size);
  }

  /** Units: bytes. The offset that the next write has. */
  get size(): number {
    return this.#size;
  }

  /** What is stored already, in order. */
  async *stored(): AsyncGenerator<Buffer> {
    const buffer = Buffer.alloc(262_144);
    for (let position = 0; position < this.#size;) {
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
  }

  /** Tells `stored` what is in the file after each step, so that a write that fails half-way is resumed and not repeated. */
  async write(bytes: Buffer, stored: (piece: Buffer) => void): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      const { bytesWritten } = await this.#file.write(rest, 0, rest.length, this.#size);
      this.#size += bytesWritten;
      stored(rest.subarray(0, bytesWritten));
      rest = rest.subarray(bytesWritten);
    }
  }

  async close(): Promise<void> {
    await this.#file.sync().finally(() => this.#file.close());
  }
}
