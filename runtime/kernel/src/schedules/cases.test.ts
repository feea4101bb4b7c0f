import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { runCase } from "./cases.ts";

const cases = readFileSync(join(import.meta.dirname, "testing/cases.jsonl"), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Record<string, unknown>);

test.each(cases.map((given) => ({ given, name: JSON.stringify(given["case"] ?? given["sched"] ?? given["dst"] ?? given["args"]) })))(
  "case $name",
  ({ given }) => {
    expect(runCase(given)).toMatchObject({ passed: true });
  },
);

test.each(
  cases.flatMap((given) =>
    Object.entries(given)
      .filter(([key]) => ["error", "next", "out"].includes(key))
      .map(([key, value]) => ({ given, key, wrong: Array.isArray(value) ? [...(value as unknown[]), "more"] : undefined })),
  ),
)("case $given with another $key fails", ({ given, key, wrong }) => {
  expect(runCase({ ...given, [key]: wrong, ...(wrong === undefined ? { next: ["2026-01-30T10:11:13Z"], jobs: { "local/x": {} } } : {}) }).passed).toBe(false);
});

test.each([
  { what: "a case of no shape", given: { foo: 1, error: "x" } },
  { what: "a case that is no object", given: 7 },
  { what: "a file without an outcome", given: { case: "x", ini: "" } },
  { what: "a schedule without an outcome", given: { sched: "@daily" } },
  { what: "a schedule with no runs to compare", given: { sched: "@daily", next: [] } },
  { what: "an error at another place", given: { case: "x", ini: "[", error: "1:1: refused" } },
  { what: "a warning taken for an error", given: { case: "x", ini: "[", error: "warnings:" } },
  { what: "an error taken for a warning", given: { case: "x", ini: "[nothing]\n", error: "1:1: refused" } },
  { what: "another value of a job", given: { case: "x", ini: '[job-local "a"]\ncommand=x\n', jobs: { "local/a": { command: "y" } } } },
  { what: "a value that no job has", given: { case: "x", ini: '[job-local "a"]\n', jobs: { "local/a": { colour: "red" } } } },
  { what: "a job too many", given: { case: "x", ini: '[job-local "a"]\n[job-local "b"]\n', jobs: { "local/a": {} } } },
  { what: "another global value", given: { case: "x", ini: "[global]\nsave-folder=/a\n", jobs: {}, global: { save: "/b" } } },
])("$what fails", ({ given }) => {
  expect(runCase(given).passed).toBe(false);
});
