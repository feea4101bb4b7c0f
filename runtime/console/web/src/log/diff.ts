export type DiffKind = "same" | "added" | "removed" | "gap";

/** One line of a diff; `before` and `after` are its line numbers, counted from 1, where they are known. */
export interface DiffLine {
  kind: DiffKind;
  text: string;
  before?: number;
  after?: number;
}

/** Above this many cells the table of the longest common subsequence would cost more than the diff is worth. */
const largestTable = 1_000_000;

/** Compares two texts line by line: the shortest edit for texts of usual size, else all removed and all added. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = splitLines(before);
  const fresh = splitLines(after);
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < fresh.length - start && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end += 1;
  const middle = compare(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end));
  const same = (text: string): DiffLine => ({ kind: "same", text });
  return [...old.slice(0, start).map(same), ...middle, ...old.slice(old.length - end).map(same)];
}

export const addedLines = (text: string): DiffLine[] => splitLines(text).map((line, index) => ({ kind: "added", text: line, after: index + 1 }));

function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function compare(old: string[], fresh: string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ kind: "removed", text });
  const added = (text: string): DiffLine => ({ kind: "added", text });
  if (old.length * fresh.length > largestTable) return [...old.map(removed), ...fresh.map(added)];
  const width = fresh.length + 1;
  const longest = new Uint32Array((old.length + 1) * width);
  for (let row = old.length - 1; row >= 0; row--)
    for (let column = fresh.length - 1; column >= 0; column--)
      longest[row * width + column] =
        old[row] === fresh[column]
          ? longest[(row + 1) * width + column + 1]! + 1
          : Math.max(longest[(row + 1) * width + column]!, longest[row * width + column + 1]!);
  const lines: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < old.length && column < fresh.length) {
    if (old[row] === fresh[column]) {
      lines.push({ kind: "same", text: old[row]! });
      row += 1;
      column += 1;
    } else if (longest[(row + 1) * width + column]! >= longest[row * width + column + 1]!) lines.push(removed(old[row++]!));
    else lines.push(added(fresh[column++]!));
  }
  return [...lines, ...old.slice(row).map(removed), ...fresh.slice(column).map(added)];
}

/** A hunk as Claude Code reports it. Shape: each line begins with a blank, `+`, `-` or `\`. */
export interface Hunk {
  oldStart: number;
  newStart: number;
  lines: string[];
}

/** Hunks as one list of lines with their numbers, with a gap between hunks. */
export function hunkLines(hunks: readonly Hunk[]): DiffLine[] {
  return hunks.flatMap((hunk, index) => [...(index === 0 ? [] : [{ kind: "gap", text: "" } as DiffLine]), ...numbered(hunk)]);
}

function numbered({ oldStart, newStart, lines }: Hunk): DiffLine[] {
  let before = oldStart;
  let after = newStart;
  return lines.flatMap((line): DiffLine[] => {
    const text = line.slice(1);
    if (line.startsWith("+")) return [{ kind: "added", text, after: after++ }];
    if (line.startsWith("-")) return [{ kind: "removed", text, before: before++ }];
    return line.startsWith("\\") ? [] : [{ kind: "same", text, before: before++, after: after++ }];
  });
}

export const countChanges = (lines: readonly DiffLine[]): { added: number; removed: number } => ({
  added: lines.filter(({ kind }) => kind === "added").length,
  removed: lines.filter(({ kind }) => kind === "removed").length,
});
