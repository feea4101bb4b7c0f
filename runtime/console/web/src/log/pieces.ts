/** A line with its place: where it ends in the log. Units: bytes. */
export interface Piece {
  text: string;
  end: number;
}

/** Takes the text of an event stream, cut anywhere, and gives its whole `line` events; `isDone` once the log has ended. */
export function createEventReader(): { read(chunk: string): Piece[]; readonly isDone: boolean } {
  let rest = "";
  let isDone = false;
  return {
    read(chunk) {
      const blocks = (rest + chunk).split("\n\n");
      rest = blocks.pop() ?? "";
      const events = blocks.map(eventOf);
      isDone ||= events.some(({ type }) => type === "done");
      return events.flatMap(({ type, id, data }) => (type === "line" ? [{ text: data, end: Number(id) }] : []));
    },
    get isDone() {
      return isDone;
    },
  };
}

function eventOf(block: string): { type: string; id: string; data: string } {
  const fields = block.split("\n").map((line) => /^(id|event|data): ?(.*)$/s.exec(line));
  const all = (name: string) => fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ""] : []));
  return { type: all("event")[0] ?? "message", id: all("id")[0] ?? "", data: all("data").join("\n") };
}

/** Units: bytes. As much is read at a time when a reader goes back. */
export const stepBytes = 262_144;

type Open = (offset: number, signal: AbortSignal) => Promise<Response>;

/**
 * The whole lines before a place, as many as a step holds, or one that is longer. Read from one byte before, the first event is the rest
 * of a line, if only its end: it tells where a whole one begins. Shape: `start` is where the first of them begins.
 */
export async function readBefore(open: Open, before: number): Promise<{ start: number; lines: Piece[] }> {
  for (let step = stepBytes; ; step *= 4) {
    const from = Math.max(0, before - step);
    const pieces = await readRange(open, Math.max(0, from - 1), before);
    if (from === 0) return { start: 0, lines: pieces };
    const [partial, ...lines] = pieces;
    if (partial !== undefined && lines.length > 0) return { start: partial.end, lines };
  }
}

/** The lines from a place on, chunk by chunk, until whoever takes them has had enough or there are no more. */
async function eachChunk(open: Open, from: number, take: (pieces: Piece[]) => boolean): Promise<void> {
  const enough = new AbortController();
  const { body } = await open(from, enough.signal);
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const events = createEventReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (!take(events.read(value ?? "")) || done || events.isDone) return;
    }
  } finally {
    enough.abort();
  }
}

async function readRange(open: Open, from: number, before: number): Promise<Piece[]> {
  const pieces: Piece[] = [];
  await eachChunk(open, from, (read) => {
    pieces.push(...read.filter(({ end }) => end <= before));
    return read.length === 0 || (read.at(-1)?.end ?? 0) < before;
  });
  return pieces;
}

/** Where a whole line begins, at or after a place. */
export async function lineStart(open: Open, place: number): Promise<number> {
  if (place <= 0) return 0;
  let start = place;
  await eachChunk(open, place - 1, ([first]) => {
    start = first?.end ?? start;
    return first === undefined;
  });
  return start;
}
