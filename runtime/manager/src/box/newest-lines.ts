import { FrameReader } from "../docker-frames.ts";
import type { Engine } from "../engine.ts";

const keptBytes = 1_048_576;
const timeoutMs = 10_000;

/** The newest lines of a container's log, both streams in the order in which Docker stored them; of more than 1 MiB, the end. */
export async function newestLines(engine: Engine, container: string, lines: number): Promise<string> {
  const reader = new FrameReader();
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const chunk of await engine.logs(container, { follow: false, tail: lines, signal: AbortSignal.timeout(timeoutMs) }))
    for (const { payload } of reader.push(chunk)) {
      pieces.push(payload);
      size += payload.length;
      while (size > keptBytes && pieces.length > 1) size -= pieces.shift()?.length ?? 0;
    }
  return Buffer.concat(pieces).toString("utf8");
}
