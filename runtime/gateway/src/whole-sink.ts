import type { Sink } from "./stream-sink.ts";

export interface WholeHooks {
  complete(body: Buffer): void;
  tooLong(): void;
}

/** An answer that is no stream is never longer in practice. Units: bytes. */
const longestBytes = 67_108_864;

/** Collects an answer that is no stream, so that a broken one becomes a clean error and never half a success. */
export class WholeSink implements Sink {
  readonly #chunks: Buffer[] = [];
  readonly #hooks: WholeHooks;
  #size = 0;

  constructor(hooks: WholeHooks) {
    this.#hooks = hooks;
  }

  data(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > longestBytes) return this.#hooks.tooLong();
    this.#chunks.push(chunk);
  }

  end(): void {
    this.#hooks.complete(this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks, this.#size));
  }
}
