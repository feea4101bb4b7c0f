import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readmeRows } from "../../../tests/support/markdown-tables.ts";
import { settings } from "./config.ts";
import { errorTable } from "./errors.ts";

const rowsOf = readmeRows(join(import.meta.dirname, "../README.md"));

test("the README's table of settings is the schema", () => {
  expect(rowsOf("Settings").map((row) => [row[1], row[3]])).toEqual(
    Object.entries(settings.shape).map(([name, type]) => [name, type.description?.replaceAll("`", "")]),
  );
});

test("the README's table of errors is the code's, with the same status, type and advice", () => {
  const rows = rowsOf("Errors").map((row) => row.slice(1, 5));
  const advice = (row: { status: number; retryAfterSeconds?: number; shouldRetry?: false }) =>
    row.shouldRetry === false ? "x-should-retry: false" : row.retryAfterSeconds === undefined ? "" : `retry-after: ${row.retryAfterSeconds}`;
  expect(rows).toEqual(Object.entries(errorTable).map(([code, row]) => [code, String(row.status), row.type, advice(row)]));
});
