import { FrameReader } from "./docker-frames.ts";
import { LogRenderer } from "./log-render.ts";

/** A container's log as Docker has it. */
export interface LogSource {
  /** With `follow` until the container ends, else what is there now. */
  open(follow: boolean): Promise<AsyncIterable<Buffer>>;
  ended(): Promise<boolean>;
}

/**
 * The rendered log from a byte offset on, to the container's end. The engine may stop following before it has sent the last lines, so the
 * ended log is read once more for what is missing; only then are lines without a newline closed.
 * Throws: when the stream ended although the container runs on, so that a reader never takes a broken stream for a finished one.
 */
export async function* renderedLog(source: LogSource, offset: number): AsyncGenerator<Buffer> {
  let next = offset;
  for await (const bytes of rendering(await source.open(true), offset, false)) {
    next += bytes.length;
    yield bytes;
  }
  if (!(await source.ended())) throw new Error("Docker ended the log of a container that runs on");
  yield* rendering(await source.open(false), next, true);
}

async function* rendering(raw: AsyncIterable<Buffer>, offset: number, isWhole: boolean): AsyncGenerator<Buffer> {
  const frames = new FrameReader();
  const renderer = new LogRenderer();
  let skip = offset;
  const from = (pieces: Buffer[]): Buffer => {
    const bytes = Buffer.concat(pieces);
    const rest = bytes.subarray(Math.min(skip, bytes.length));
    skip -= bytes.length - rest.length;
    return rest;
  };
  for await (const chunk of raw) {
    const bytes = from(frames.push(chunk).flatMap((frame) => renderer.push(frame)));
    if (bytes.length > 0) yield bytes;
  }
  const last = from(isWhole ? renderer.end() : []);
  if (last.length > 0) yield last;
}
