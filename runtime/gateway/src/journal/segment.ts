import { closeSync, openSync, rmSync, writeSync } from "node:fs";

/** One file of the journal, and the requests in it that are not in the books yet. */
export class Segment {
  readonly path: string;
  readonly ids: Set<string>;
  bytes = 0;
  #file: number | undefined;

  constructor(path: string, ids: Iterable<string> = []) {
    this.path = path;
    this.ids = new Set(ids);
  }

  /** Throws: the system's error, also when only a part of the text could be written. */
  append(text: string, ids: Iterable<string>): void {
    this.#file ??= openSync(this.path, "a", 0o600);
    const bytes = Buffer.byteLength(text);
    if (writeSync(this.#file, text) !== bytes) throw Object.assign(new Error("Only a part of the text was written."), { code: "ENOSPC" });
    this.bytes += bytes;
    for (const id of ids) this.ids.add(id);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
  }
}
