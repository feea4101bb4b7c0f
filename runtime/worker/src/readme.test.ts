import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readmeRows } from "../../../tests/support/markdown-tables.ts";
import { settings } from "./config.ts";
import { errorTable } from "./errors.ts";
import { attemptErrors } from "./run/outcome.ts";

const rowsOf = readmeRows(join(import.meta.dirname, "../README.md"));

test("the README's table of settings is the schema, with its defaults", () => {
  expect(rowsOf("Settings").map((row) => row[1])).toEqual(Object.keys(settings.shape));
  const standard = settings.parse({
    DATABASE_URL: "postgres://x",
    WORKER_TOKEN: "x",
    WORKER_NAME: "x",
    SECRETS_KEY: "x",
    MANAGER_TOKEN: "x",
    GATEWAY_ADMIN_TOKEN: "x",
  });
  for (const [, name, value] of rowsOf("Settings"))
    if (value !== "" && value !== "*file*") expect(`${name} ${String(standard[name as keyof typeof standard])}`).toBe(`${name} ${value}`);
});

test("the README's table of errors is the code's, with the same status and retryability", () => {
  const rows = rowsOf("Errors").map((row) => [row[1], Number(row[2]), row[3] === "yes"]);
  expect(rows).toEqual(Object.entries(errorTable).map(([code, { status, retryable }]) => [code, status, retryable]));
});

test("the README's table of the errors of jobs is the code's", () => {
  expect(rowsOf("Errors of jobs").map((row) => [row[1], row[2] === "yes"])).toEqual(
    Object.entries(attemptErrors).map(([code, { retryable }]) => [code, retryable]),
  );
});
