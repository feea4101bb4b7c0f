import { ServerResponse, type IncomingMessage } from "node:http";

const lineEnd = "\r\n";
const lastFrame = Buffer.from("0\r\n\r\n");
/** Longer chunks are left where they are: copying them costs more than it saves. Units: bytes. */
const longestCopied = 16_384;

/**
 * A response whose chunks leave as one buffer each. Node's own gives a chunk of a stream to the socket in four pieces, and a stream's last chunk in six, which takes longer
 * than all else that is done for a token.
 */
export class FramedResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  override write(chunk: unknown, ...rest: unknown[]): boolean {
    if (!this.#isFramed(chunk, rest)) return super.write(chunk, ...(rest as []));
    this.chunkedEncoding = false;
    const goesOn = super.write(frame(chunk, false));
    this.chunkedEncoding = true;
    return goesOn;
  }

  override end(chunk?: unknown, ...rest: unknown[]): this {
    if (!this.#isFramed(chunk, rest)) return super.end(chunk, ...(rest as []));
    // It stays so: nothing follows the last frame.
    this.chunkedEncoding = false;
    return super.end(frame(chunk, true));
  }

  /** Whether Node would make a chunk of it, and it is one whose frame is made here. */
  #isFramed(chunk: unknown, rest: readonly unknown[]): chunk is Buffer {
    return this.chunkedEncoding && rest.length === 0 && Buffer.isBuffer(chunk) && chunk.length > 0 && chunk.length <= longestCopied;
  }
}

function frame(chunk: Buffer, isLast: boolean): Buffer {
  const head = chunk.length.toString(16) + lineEnd;
  const size = head.length + chunk.length + lineEnd.length;
  const framed = Buffer.allocUnsafe(isLast ? size + lastFrame.length : size);
  framed.write(head, "latin1");
  framed.set(chunk, head.length);
  framed.write(lineEnd, head.length + chunk.length, "latin1");
  if (isLast) framed.set(lastFrame, size);
  return framed;
}
