import { FrameReader } from "./docker-frames.ts";
import { LogRenderer } from "./log-render.ts";

/**
 * The rendered log from a byte offset on. `ended` is asked when Docker's stream is over: lines without a newline are closed only
 * when the container has ended, since a stream that broke off says nothing about the end of a line.
 * Throws: when the stream ended although the container runs on, so that a reader never takes a broken stream for a finished one.
 */
export async function* renderedLog(raw: AsyncIterable<Buffer>, offset: number, ended: () => Promise<boolean>): AsyncGenerator<Buffer> {
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
  if (!(await ended())) throw new Error("Docker ended the log of a container that runs on");
  const last = from(renderer.end());
  if (last.length > 0) yield last;
}
