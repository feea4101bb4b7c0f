import { readFileSync } from "node:fs";

const cellsOf = (line: string) => line.split("|").map((cell) => cell.trim().replaceAll("`", ""));

/** Reads the rows that begin with code, below a heading of a README. Shape: the first cell is empty, the names stand in the second. */
export function readmeRows(path: string): (heading: string) => string[][] {
  const text = readFileSync(path, "utf8");
  return (heading) =>
    (text.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "")
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map(cellsOf);
}

/** Every row of every table of a file, without the empty cells at its ends. */
export const tableRows = (path: string): string[][] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
