import type { IncomingMessage } from "node:http";
import { refusal, type Refusal } from "./errors.ts";

/** Reads a whole request body. `done` is not called when the caller leaves before its end. Units: bytes. */
export function readBody(request: IncomingMessage, limitBytes: number, done: (body: Buffer | Refusal) => void): void {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > limitBytes) {
    request.resume();
    return done(tooLarge(limitBytes));
  }
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limitBytes) return void chunks.push(chunk);
    // The rest is read and dropped: a caller who is still writing would not see the answer otherwise.
    request.off("data", take).off("end", end).resume();
    done(tooLarge(limitBytes));
  };
  const end = () => {
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
    // The request lives as long as its answer, and these listeners with it; the body need not.
    chunks.length = 0;
    done(body);
  };
  request.on("data", take).on("end", end);
}

/** The wording is Anthropic's, since clients match it to make their request smaller. */
const tooLarge = (limitBytes: number): Refusal =>
  refusal("request.too-large", `Request exceeds the maximum size. At most ${limitBytes} bytes are taken; send less.`);
