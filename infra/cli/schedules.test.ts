import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { run } from "./run.ts";
import { checkSchedules } from "./schedules.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "freehold-test-schedules-"))));
afterAll(() => rm(folder, { recursive: true }));

const nowMs = Date.parse("2026-11-01T12:00:00Z");
const standard = { timeZone: "UTC", dialect: "mcuadros" };
const write = async (name: string, text: string | Uint8Array) => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

test("a good file is told job by job, and is well", async () => {
  const path = await write("good.ini", '\ufeff[job-local "a"]\nschedule = @daily\ncommand = echo "a b"\n');
  const { text, ok } = await checkSchedules(path, standard, nowMs);
  expect(ok).toBe(true);
  expect(text).toBe(
    [
      'accepted [job-local "a"]  @daily  next 2026-11-02T00:00:00Z, 2026-11-03T00:00:00Z, 2026-11-04T00:00:00Z',
      '         ["echo","a","b"]',
      "1 job, 0 errors, 0 warnings",
    ].join("\n"),
  );
});

test("JSON has the same, from the time and in the zone that are asked for", async () => {
  const path = await write("zone.ini", '[job-local "a"]\nschedule = 0 9 * * *\ncommand = a\n');
  const { text } = await checkSchedules(path, { ...standard, json: true, timeZone: "Asia/Tokyo", from: "2027-01-01T00:00:00Z" }, nowMs);
  expect(JSON.parse(text)).toMatchObject({ file: path, ok: true, jobs: [{ timeZone: "Asia/Tokyo", next: ["2027-01-02T09:00:00+09:00", {}, {}] }] });
});

test("a bad file is told with place, cause and cure, and is not well", async () => {
  const path = await write("bad.ini", '[job-local "a"]\nno-overlap = maybe\n');
  const { text, ok } = await checkSchedules(path, standard, nowMs);
  expect(ok).toBe(false);
  expect(text).toContain(`${path}:2:1 error: no-overlap is "maybe"`);
  expect(text).toContain("What to do: Write true");
});

test("cases are counted, and one that fails is told with its line, what was expected and what was found", async () => {
  const path = await write("cases.jsonl", '{"args":"a b","out":["a","b"]}\n\n{"args":"a b","out":["a b"]}\nnonsense\n');
  const { text, ok } = await checkSchedules(undefined, { ...standard, cases: path }, nowMs);
  expect(ok).toBe(false);
  expect(text).toContain(`FAIL ${path}:3 arguments of "a b"\n  expected ["a b"]\n  found    ["a","b"]`);
  expect(text).toContain(`FAIL ${path}:4`);
  expect(text.endsWith("1 passed, 2 failed")).toBe(true);
});

test.each([
  { what: "no file", path: undefined, options: {}, said: /One file/ },
  { what: "both kinds of file", path: "a", options: { cases: "b" }, said: /One file/ },
  { what: "a file that is not there", path: "/nowhere/cron.ini", options: {}, said: /ENOENT/ },
  { what: "a zone that is none", path: import.meta.filename, options: { timeZone: "Mars/Base" }, said: /Mars\/Base/ },
  { what: "a time that is none", path: import.meta.filename, options: { from: "tomorrow" }, said: /tomorrow/ },
  { what: "a dialect that is none", path: import.meta.filename, options: { dialect: "other" }, said: /other/ },
])("$what is refused with a cure", async ({ path, options, said }) => {
  await expect(checkSchedules(path, { ...standard, ...options }, nowMs)).rejects.toMatchObject({
    message: expect.stringMatching(said),
    cure: expect.stringMatching(/./),
  });
});

test("a file of cases without a case is refused", async () => {
  await expect(checkSchedules(undefined, { ...standard, cases: await write("none.jsonl", "\n") }, nowMs)).rejects.toMatchObject({
    message: expect.stringContaining("no case"),
  });
});

test("the command ends with 0 when all is well and with 1 when not, and needs no home", async () => {
  const cases = join(import.meta.dirname, "../../runtime/kernel/src/schedules/testing/cases.jsonl");
  const main = join(import.meta.dirname, "main.ts");
  const env = { PATH: "/nowhere", HOME: folder };
  const good = await run(process.execPath, [main, "schedules", "check", "--cases", cases], { env });
  expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+ passed, 0 failed\n$/) });
  const bad = await run(process.execPath, [main, "schedules", "check", "--cases", await write("wrong.jsonl", '{"args":"a","out":["b"]}\n')], { env });
  expect(bad.code).toBe(1);
});
