/** Arguments as a shell would part them: by blanks, with quotes and backslashes. No shell runs it: `|` and `$` are plain. */
export function argumentsOf(text: string): string[] {
  const words = text.matchAll(/(?:[^\s"'\\]+|"(?:\\.|[^"\\])*"|'[^']*'|\\.)+/gs);
  return [...words].map(([word]) => [...word.matchAll(/[^"'\\]+|"(?:\\.|[^"\\])*"|'[^']*'|\\./gs)].map(([piece]) => plain(piece)).join(""));
}

/** A piece of a word without its quotes; within double ones a backslash is one, unless something to be escaped follows it. */
function plain(piece: string): string {
  if (piece.startsWith('"')) return piece.slice(1, -1).replace(/\\(["\\$`])/g, "$1");
  if (piece.startsWith("'")) return piece.slice(1, -1);
  return piece.startsWith("\\") ? piece.slice(1) : piece;
}

/** The line that reads back as these arguments. */
export const commandLineOf = (words: readonly string[]): string => words.map(quoted).join(" ");

const quoted = (word: string) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** Names with values. Shape: a line each, `NAME=value`; lines without the sign are left out. */
export function pairsOf(text: string, sign = "="): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.includes(sign));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(sign)).trim(), line.slice(line.indexOf(sign) + 1)]));
}
