import type { Readable } from "node:stream";

/** Smaller ones are not worth the trouble. Units: bytes. */
const smallBytes = 16_384;

/**
 * A request's body in a form that undici lets go of once it is sent: a buffer it keeps until the answer has ended, which for 2,000 streams of
 * Claude Code is 100 MB of prompts that nobody needs any more. The length is added to the headers, since undici can't see it then.
 */
export function sentBody(body: Buffer | null, headers: string[]): Buffer | Readable | null {
  if (body === null || body.length < smallBytes) return body;
  headers.push("content-length", String(body.length));
  // Undici takes any iterable; its types name streams alone.
  return once([body]) as unknown as Readable;
}

/** Undici keeps the generator, so the generator must not keep the body. */
function* once(parts: Buffer[]): Generator<Buffer, void> {
  yield parts.pop() as Buffer;
}
