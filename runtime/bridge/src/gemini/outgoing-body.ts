import { Readable } from "node:stream";

/** Units: characters. A text beyond it is encoded piece by piece, so that it isn't held a second time as bytes. */
const pieceLength = 65_536;

export interface OutgoingBody {
  body: string | Readable;
  /** Units: bytes. */
  length: number;
}

/** A text as the body of one request. */
export function outgoingBody(text: string): OutgoingBody {
  const length = Buffer.byteLength(text);
  return { length, body: text.length <= pieceLength ? text : Readable.from(piecesOf(text), { objectMode: false }) };
}

function* piecesOf(text: string): Generator<Buffer, void> {
  let begin = 0;
  while (begin < text.length) {
    const end = begin + pieceLength;
    // A letter of two halves must not be cut between them.
    const cut = isHighSurrogate(text.charCodeAt(end - 1)) ? end + 1 : end;
    yield Buffer.from(text.slice(begin, cut));
    begin = cut;
  }
}

const isHighSurrogate = (code: number) => code >= 0xd8_00 && code <= 0xdb_ff;
