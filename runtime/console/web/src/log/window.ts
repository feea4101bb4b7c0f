import { createRowBuilder, noOpenCalls, type Row, type RowBuilder } from "./rows.ts";

/** A line of the log. Units: bytes for `end`, its place: where it ends in the log. Shape: `number` counts from 1, where it is known. */
export interface LogLine {
  text: string;
  end: number;
  number: number | undefined;
}

/** Some lines that stand one after the other. Units: bytes for `start` and `end`. */
interface Page {
  start: number;
  end: number;
  lines: LogLine[];
  rows: RowBuilder;
  sizeBytes: number;
}

/** What of a log is in the reader's memory: one stretch of it, of bounded size. */
export interface WindowSnapshot {
  rows: readonly Row[];
  lines: readonly LogLine[];
  /** Units: bytes. */
  start: number;
  end: number;
  /** Whether the last change was at the beginning: then what is in view must stay where it is. */
  isShifted: boolean;
}

export const limits = { pageLines: 500, lines: 12_000, bytes: 8_000_000 } as const;

/** The pages that a reader holds, one after the other. */
export class LogWindow {
  #pages: Page[] = [];
  #open = noOpenCalls();
  #start: number;
  #lineCount = 0;
  #sizeBytes = 0;

  constructor(start = 0) {
    this.#start = start;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#pages.at(-1)?.end ?? this.#start;
  }

  get isFull(): boolean {
    return this.#lineCount > limits.lines || this.#sizeBytes > limits.bytes;
  }

  append(text: string, end: number): void {
    const line = { text, end, number: this.#nextNumber() };
    let page = this.#pages.at(-1);
    if (page === undefined || page.lines.length >= limits.pageLines) this.#pages.push((page = this.#newPage(this.end)));
    this.#add(page, line);
  }

  /** Puts earlier lines before those that are here. Units: bytes for `start`. */
  prepend(start: number, lines: readonly Omit<LogLine, "number">[]): void {
    const next = this.#pages[0]?.lines[0]?.number;
    const first = start === 0 ? 1 : next === undefined ? undefined : next - lines.length;
    const fresh: Page[] = [];
    for (const [index, line] of lines.entries()) {
      if (index % limits.pageLines === 0) fresh.push(this.#newPage(fresh.at(-1)?.end ?? start));
      this.#add(fresh.at(-1)!, { ...line, number: first === undefined ? undefined : first + index });
    }
    if (first !== undefined && next === undefined) renumber(this.#pages, first + lines.length);
    this.#pages = [...fresh, ...this.#pages];
    this.#start = start;
  }

  /** Drops whole pages at one end until the window is within its limits. Returns whether it dropped any. */
  trim(side: "start" | "end"): boolean {
    let hasDropped = false;
    while (this.isFull && this.#pages.length > 1) {
      this.#drop(side === "start" ? this.#pages.shift()! : this.#pages.pop()!);
      hasDropped = true;
    }
    this.#start = this.#pages[0]?.start ?? this.#start;
    return hasDropped;
  }

  snapshot(isShifted: boolean): WindowSnapshot {
    return {
      rows: this.#pages.flatMap((page) => page.rows.rows as Row[]),
      lines: this.#pages.flatMap((page) => page.lines),
      start: this.#start,
      end: this.end,
      isShifted,
    };
  }

  #newPage(at: number): Page {
    return { start: at, end: at, lines: [], rows: createRowBuilder(this.#open), sizeBytes: 0 };
  }

  #add(page: Page, line: LogLine): void {
    page.lines.push(line);
    page.rows.add(line.text);
    page.sizeBytes += line.text.length;
    page.end = line.end;
    this.#lineCount += 1;
    this.#sizeBytes += line.text.length;
  }

  #drop(page: Page): void {
    page.rows.drop();
    this.#lineCount -= page.lines.length;
    this.#sizeBytes -= page.sizeBytes;
  }

  #nextNumber(): number | undefined {
    const last = this.#pages.at(-1)?.lines.at(-1);
    if (last === undefined) return this.end === 0 ? 1 : undefined;
    return last.number === undefined ? undefined : last.number + 1;
  }
}

/** Once the log's beginning is known, every line after it has its number. */
function renumber(pages: readonly Page[], first: number): void {
  let number = first;
  for (const page of pages) for (const line of page.lines) line.number = number++;
}

const keys = new WeakMap<Row, number>();
let lastKey = 0;

/** A row's own key: it stays while rows come and go before it. */
export function keyOf(row: Row): number {
  const known = keys.get(row);
  if (known !== undefined) return known;
  keys.set(row, ++lastKey);
  return lastKey;
}

/** The rows that contain a text, whatever its case. */
export function searchRows(rows: readonly Row[], wanted: string): Row[] {
  const text = wanted.trim().toLowerCase();
  return text === "" ? rows.slice() : rows.filter((row) => textOf(row).toLowerCase().includes(text));
}

function textOf(row: Row): string {
  if (row.kind === "tool") return `${row.name} ${JSON.stringify(row.input)} ${row.result?.text ?? ""}`;
  if (row.kind === "start") return `${row.model} ${row.folder}`;
  return "title" in row ? `${row.title} ${row.text}` : row.text;
}
