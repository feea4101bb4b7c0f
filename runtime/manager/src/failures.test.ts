import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../../..");

interface Row {
  fault: string;
  file: string;
  begins: string;
}

/** The rows of the table, with the test that each of them names. */
function rows(): Row[] {
  const table = readFileSync(join(root, "runtime/manager/FAILURES.md"), "utf8").split("\n");
  return table
    .filter((line) => line.startsWith("| ") && !line.startsWith("| part |"))
    .map((line) => {
      const cells = line.split("|").map((cell) => cell.trim());
      const named = /^`([^`]+)`: (.+)$/.exec(cells.at(-2) ?? "");
      return { fault: `${cells[1]}: ${cells[2]}`, file: named?.[1] ?? "", begins: named?.[2] ?? "" };
    });
}

/** Names of the tests of a file: what stands in quotes before a function, or after `name:` in a file of rules. */
function testsIn(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const pattern = file.endsWith(".yml") ? /name: (.+)/g : /"((?:[^"\\\n]|\\.)+)",\s*(?:async\b|\(|told\b)/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

test.each(rows())("the test that holds “$fault” exists: $file", ({ file, begins }) => {
  expect(testsIn(file).filter((name) => name.startsWith(begins))).toHaveLength(1);
});

test("each row names a part, a fault and a test", () => {
  expect(rows().length).toBeGreaterThan(30);
  expect(rows().filter(({ file, begins }) => file === "" || begins === "")).toEqual([]);
});
