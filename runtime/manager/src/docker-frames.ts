export type LogSource = "stdout" | "stderr";

/** One log message as Docker stored it: a whole line, or a piece of a long one. */
export interface Frame {
  source: LogSource;
  payload: Buffer;
}

const headerBytes = 8;

/**
 * Takes the multiplexed stream of `GET /containers/…/logs` apart, however the network cut it.
 * Source: Docker Engine API, "ContainerAttach", section "Stream format".
 */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Frame[] {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    while (data.length >= headerBytes) {
      const end = headerBytes + data.readUInt32BE(4);
      if (data.length < end) break;
      frames.push({ source: data[0] === 2 ? "stderr" : "stdout", payload: data.subarray(headerBytes, end) });
      data = data.subarray(end);
    }
    this.#rest = data;
    return frames;
  }
}
