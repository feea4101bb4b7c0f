import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readmeRows } from "../../../tests/support/markdown-tables.ts";
import { settings } from "./config.ts";
import { errorTable } from "./errors.ts";

const rowsOf = readmeRows(join(import.meta.dirname, "../README.md"));

test("the README's table of settings is the schema, with its defaults", () => {
  const defaults = settings.parse({ BRIDGE_TOKEN: "x", BRIDGE_ADMIN_TOKEN: "y" });
  const shown = (name: keyof typeof defaults) => {
    if (name === "MODEL_MAP") return "see src/model-map.ts";
    return /TOKEN$|KEY$|SECRET$/.test(name) ? "*file*" : String(defaults[name] ?? "");
  };
  expect(rowsOf("Settings").map((row) => row.slice(1, 4))).toEqual(
    Object.entries(settings.shape).map(([name, type]) => [name, shown(name as keyof typeof defaults), type.description]),
  );
});

test("the README's table of errors is the code's, with the same status, type and advice", () => {
  expect(rowsOf("Errors").map((row) => row.slice(1, 5))).toEqual(
    Object.entries(errorTable).map(([code, { status, type, retryable }]) => [code, String(status), type ?? "–", retryable ? "yes" : "no"]),
  );
});
