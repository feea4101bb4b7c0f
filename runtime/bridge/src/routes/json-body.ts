import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import { fault } from "../errors.ts";

/**
 * Reads a JSON body into one buffer of its announced size: express's own reader holds a large one several times over.
 * Throws: `request.invalid`, `request.too-large`.
 */
export function jsonBody(limitBytes: number): RequestHandler {
  return async (request, _response, next) => {
    if ((request.get("content-encoding") ?? "identity") !== "identity") throw fault("request.invalid", "The body must not be compressed.");
    const bytes = await readBytes(request, limitBytes);
    request.body = parse(bytes);
    free(bytes);
    next();
  };
}

function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch {
    throw fault("request.invalid", "The request body is not valid JSON.");
  }
}

/** Gives the memory back at once; the collector would let many large buffers pile up before it came. */
function free({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 65_536) buffer.transfer(0);
}

async function readBytes(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const announced = Number(request.headers["content-length"]);
  if (announced > limitBytes) throw tooLarge();
  let bytes = Buffer.alloc(Number.isNaN(announced) ? 65_536 : announced);
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    if (size + piece.length > limitBytes) throw tooLarge();
    if (size + piece.length > bytes.length) bytes = Buffer.concat([bytes.subarray(0, size)], Math.min(limitBytes, (size + piece.length) * 2));
    size += piece.copy(bytes, size);
  }
  return bytes.subarray(0, size);
}

const tooLarge = () => fault("request.too-large", "Request exceeds the maximum size. Send less, or fewer and smaller images.");
