import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readmeRows } from "../../../tests/support/markdown-tables.ts";
import { settings } from "./config.ts";
import { errorTable } from "./errors.ts";

const rowsOf = readmeRows(join(import.meta.dirname, "../README.md"));

test("the README's table of settings is the schema", () => {
  expect(rowsOf("Settings").map((row) => row[1])).toEqual(Object.keys(settings.shape));
});

test("the README's table of errors is the code's, with the same status and retryability", () => {
  const rows = rowsOf("Errors").map((row) => [row[1], Number(row[2]), row[3] === "yes"]);
  expect(rows).toEqual(Object.entries(errorTable).map(([code, { status, retryable }]) => [code, status, retryable]));
});
