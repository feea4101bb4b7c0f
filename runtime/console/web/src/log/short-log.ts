import type { Piece } from "./pieces.ts";

/** Units: bytes. A log up to this size comes whole, in the answer that also tells its size; of a larger one only the size is taken. */
export const shortBytes = 262_144;

/** What the answer of a download says of a log. Shape: `lines` are its whole lines, undefined where it is not short. Throws: when no size is told. */
export async function readShort(answer: Response): Promise<{ sizeBytes: number; lines: Piece[] | undefined }> {
  const sizeBytes = Number(answer.headers.get("content-length") ?? Number.NaN);
  if (sizeBytes <= shortBytes) return { sizeBytes, lines: linesOf(new Uint8Array(await answer.arrayBuffer())) };
  await answer.body?.cancel();
  if (Number.isNaN(sizeBytes)) throw new Error("The log's answer does not tell its size.");
  return { sizeBytes, lines: undefined };
}

/** The lines that are ended, as the stream of events would give them; what stands after the last of them is still being written. */
function linesOf(bytes: Uint8Array): Piece[] {
  const decoder = new TextDecoder();
  const lines: Piece[] = [];
  for (let start = 0; ;) {
    const newline = bytes.indexOf(10, start);
    if (newline === -1) return lines;
    const text = decoder.decode(bytes.subarray(start, newline)).replace(/\r+$/, "").replaceAll("\r", "\n");
    lines.push({ text, end: (start = newline + 1) });
  }
}
