/** A line that has what was looked for. Units: bytes from the beginning of the log; `text` is what stands around the place. */
export interface FoundLine {
  start: number;
  end: number;
  text: string;
}

export interface Stretch {
  lines: FoundLine[];
  /** Where the lines begin that were not looked at. */
  nextOffset: number;
  /** Whether all of the log has flowed by. */
  isOver: boolean;
}

interface Limits {
  /** Where the chunks begin: at the start of a line. */
  from: number;
  lines: number;
  /** No chunk is read once so many bytes were. */
  bytes: number;
}

const newline = 10;
/** Units: characters, before and after the place that was found. */
const around = 200;

/** Looks for a text, whatever its case, in the lines of a log that flows by. Whole lines alone are looked at; one without an end waits for it. */
export async function searchLines(chunks: AsyncIterable<Buffer>, wanted: string, { from, lines: mostLines, bytes: mostBytes }: Limits): Promise<Stretch> {
  const text = wanted.toLowerCase();
  const found: FoundLine[] = [];
  let pending: Buffer[] = [];
  let nextOffset = from;
  let readBytes = 0;
  for await (const chunk of chunks) {
    readBytes += chunk.length;
    const whole = chunk.lastIndexOf(newline) + 1;
    if (whole === 0) {
      pending.push(chunk);
      continue;
    }
    const bytes = Buffer.concat([...pending, chunk.subarray(0, whole)]);
    const [lines, lookedAt] = linesWith(bytes, text, mostLines - found.length);
    found.push(...lines.map(({ start, end, ...line }) => ({ start: nextOffset + start, end: nextOffset + end, ...line })));
    nextOffset += lookedAt;
    if (found.length >= mostLines || readBytes >= mostBytes) return { lines: found, nextOffset, isOver: false };
    pending = [chunk.subarray(whole)];
  }
  return { lines: found, nextOffset, isOver: true };
}

/** The first lines that have a text, and how many bytes were looked at. */
function linesWith(bytes: Buffer, text: string, most: number): [FoundLine[], number] {
  const shown = bytes.toString("utf8");
  const lower = shown.toLowerCase();
  // Some letters change their length with their case: then lines are compared one by one.
  const isAligned = lower.length === shown.length;
  const lines: FoundLine[] = [];
  let [knownAt, knownBytes] = [0, 0];
  const placeOf = (at: number) => {
    knownBytes += Buffer.byteLength(shown.slice(knownAt, at));
    knownAt = at;
    return knownBytes;
  };
  for (let at = 0; at < shown.length;) {
    const hit = isAligned ? lower.indexOf(text, at) : at;
    if (hit === -1) break;
    const start = shown.lastIndexOf("\n", hit - 1) + 1;
    const end = shown.indexOf("\n", hit);
    const line = shown.slice(start, end);
    const place = isAligned ? hit - start : line.toLowerCase().indexOf(text);
    if (place !== -1) lines.push({ start: placeOf(start), end: placeOf(end) + 1, text: excerpt(line, place, text.length) });
    if (lines.length >= most) return [lines, placeOf(end) + 1];
    at = end + 1;
  }
  return [lines, bytes.length];
}

function excerpt(line: string, place: number, length: number): string {
  const from = Math.max(0, place - around);
  const to = Math.min(line.length, place + length + around);
  return `${from > 0 ? "…" : ""}${line.slice(from, to)}${to < line.length ? "…" : ""}`;
}
