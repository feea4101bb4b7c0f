import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { nextDue } from "./due.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "freehold-test-due-"));
});
afterEach(() => rmSync(home, { recursive: true }));

function withJobs(...jobs: { enabled: number; state: string }[]): void {
  mkdirSync(join(home, "state"));
  const database = new DatabaseSync(join(home, "state", "openclaw.sqlite"));
  database.exec("PRAGMA journal_mode = wal; CREATE TABLE cron_jobs (job_id TEXT, enabled INTEGER, state_json TEXT)");
  for (const [index, { enabled, state }] of jobs.entries()) database.prepare("INSERT INTO cron_jobs VALUES (?, ?, ?)").run(String(index), enabled, state);
  database.close();
}

test("the earliest next run of the schedules that are on is when it is due", () => {
  withJobs(
    { enabled: 1, state: '{"nextRunAtMs":3000}' },
    { enabled: 1, state: '{"nextRunAtMs":2000,"runCount":1}' },
    { enabled: 0, state: '{"nextRunAtMs":1000}' },
  );
  expect(nextDue(home)).toEqual({ dueAt: 2_000 });
});

test.each(["{}", "nonsense", '{"nextRunAtMs":"soon"}', '{"nextRunAtMs":-1}', '{"nextRunAtMs":1e300}'])("a state such as %s says nothing", (state) => {
  withJobs({ enabled: 1, state });
  expect(nextDue(home)).toEqual({ dueAt: null });
});

test("a home without a database has nothing due, and one whose database is none is refused", () => {
  expect(nextDue(home)).toEqual({ dueAt: null });
  mkdirSync(join(home, "state"));
  writeFileSync(join(home, "state", "openclaw.sqlite"), "no database".repeat(1_000));
  expect(() => nextDue(home)).toThrow("not a database");
});
