export type LogSource = "stdout" | "stderr";

/** One log message as Docker stored it, without its time: a whole line, or a piece of a long one. */
export interface Frame {
  source: LogSource;
  payload: Buffer;
}

const headerBytes = 8;

/**
 * Takes the multiplexed stream of `GET /containers/…/logs?timestamps=1` apart, however the network cut it. The times are asked for because
 * without them the engine leaves a message out whose text is empty: the newline of a line of exactly 16 KB.
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
      frames.push({ source: data[0] === 2 ? "stderr" : "stdout", payload: withoutTime(data.subarray(headerBytes, end)) });
      data = data.subarray(end);
    }
    this.#rest = data;
    return frames;
  }
}

const withoutTime = (message: Buffer) => message.subarray(message.indexOf(0x20) + 1);
