import { hunkLines, type DiffLine, type Hunk } from "./diff.ts";

/** One file of a unified diff. */
export interface FilePatch {
  path: string;
  lines: DiffLine[];
}

/** Reads a unified diff as git writes it, file by file. Shape: renamed files go by their new path. */
export function readPatch(patch: string): FilePatch[] {
  const files: { path: string; hunks: Hunk[] }[] = [];
  let hunk: Hunk | undefined;
  let left = { before: 0, after: 0 };
  for (const line of patch.split("\n")) {
    // Within a hunk the counts tell what belongs to it: a removed line may look like a header.
    if (hunk !== undefined && (left.before > 0 || left.after > 0 || line.startsWith("\\"))) {
      hunk.lines.push(line);
      if (!line.startsWith("+") && !line.startsWith("\\")) left.before -= 1;
      if (!line.startsWith("-") && !line.startsWith("\\")) left.after -= 1;
      continue;
    }
    hunk = undefined;
    const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (line.startsWith("diff --git ")) files.push({ path: pathOf(line), hunks: [] });
    else if (line.startsWith("+++ ") && line !== "+++ /dev/null" && files.length > 0) files.at(-1)!.path = unquoted(line.slice(4)).replace(/^b\//, "");
    else if (header !== null && files.length > 0) {
      left = { before: Number(header[2] ?? 1), after: Number(header[4] ?? 1) };
      hunk = { oldStart: Number(header[1]), newStart: Number(header[3]), lines: [] };
      files.at(-1)!.hunks.push(hunk);
    }
  }
  return files.map(({ path, hunks }) => ({ path, lines: hunkLines(hunks) }));
}

/** `diff --git a/x b/x`: both halves are as long, unless the file was renamed; then `+++` tells. */
function pathOf(line: string): string {
  const names = line.slice("diff --git ".length);
  const quoted = /"b\/((?:\\.|[^"\\])*)"$/.exec(names);
  if (quoted !== null) return unquoted(`"${quoted[1]!}"`);
  return names.slice(names.length / 2 + 1).replace(/^\s*b\//, "");
}

/** Git writes names with odd characters as C strings, in bytes. */
function unquoted(name: string): string {
  const inside = /^"(.*)"$/.exec(name.replace(/\t$/, ""))?.[1];
  if (inside === undefined) return name.replace(/\t$/, "");
  const bytes: number[] = [];
  const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, v: 11, f: 12 };
  for (const [match, octal, letter] of inside.matchAll(/\\([0-7]{3})|\\(.)|[^\\]+/gs)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (letter !== undefined) bytes.push(escapes[letter] ?? letter.charCodeAt(0));
    else bytes.push(...new TextEncoder().encode(match));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
