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

interface Job {
  enabled: number;
  state: string;
  declaredAs?: string;
  notes?: string;
}

/** What of OpenClaw's tables is read here, as it makes them; or as one would that notes less. */
function withJobs(jobs: readonly Job[], { notesLess = false } = {}): void {
  mkdirSync(join(home, "state"));
  const database = new DatabaseSync(join(home, "state", "openclaw.sqlite"));
  database.exec(
    `PRAGMA journal_mode = wal; CREATE TABLE cron_jobs (store_key TEXT, job_id TEXT, ${notesLess ? "" : "declaration_key TEXT,"} enabled INTEGER, state_json TEXT)`,
  );
  if (!notesLess) database.exec("CREATE TABLE cron_job_scratch (store_key TEXT, job_id TEXT, content TEXT)");
  const given = notesLess
    ? "(store_key, job_id, enabled, state_json) VALUES ('cron', ?, ?, ?)"
    : "(store_key, job_id, enabled, state_json, declaration_key) VALUES ('cron', ?, ?, ?, ?)";
  for (const [index, { enabled, state, declaredAs, notes }] of jobs.entries()) {
    database.prepare(`INSERT INTO cron_jobs ${given}`).run(String(index), enabled, state, ...(notesLess ? [] : [declaredAs ?? null]));
    if (notes !== undefined) database.prepare("INSERT INTO cron_job_scratch VALUES ('cron', ?, ?)").run(String(index), notes);
  }
  database.close();
}

test("the earliest next run of the schedules that are on is when it is due", () => {
  withJobs([
    { enabled: 1, state: '{"nextRunAtMs":3000}' },
    { enabled: 1, state: '{"nextRunAtMs":2000,"runCount":1}', declaredAs: "chosen-by-somebody" },
    { enabled: 0, state: '{"nextRunAtMs":1000}' },
  ]);
  expect(nextDue(home)).toEqual({ dueAt: 2_000 });
});

test.each(["{}", "nonsense", '{"nextRunAtMs":"soon"}', '{"nextRunAtMs":-1}', '{"nextRunAtMs":1e300}'])("a state such as %s says nothing", (state) => {
  withJobs([{ enabled: 1, state }]);
  expect(nextDue(home)).toEqual({ dueAt: null });
});

const soon = { enabled: 1, state: '{"nextRunAtMs":1000}' };

test.each([
  [
    "OpenClaw's own upkeep",
    [
      { ...soon, declaredAs: "memory-core:memory-dreaming-promotion" },
      { ...soon, declaredAs: "skill-collection-review:main" },
    ],
  ],
  ["a heartbeat without notes", [{ ...soon, declaredAs: "heartbeat:main" }]],
  ["a heartbeat whose notes say nothing", [{ ...soon, declaredAs: "heartbeat:main", notes: "# Heartbeat\n\n<!-- tasks -->\n" }]],
])("for %s nobody is woken", (_what, jobs) => {
  withJobs(jobs);
  expect(nextDue(home)).toEqual({ dueAt: null });
});

test("a heartbeat for which somebody wrote what is to be looked at is one", () => {
  withJobs([{ ...soon, declaredAs: "heartbeat:main", notes: "# Heartbeat\n- has the shop answered?" }]);
  expect(nextDue(home)).toEqual({ dueAt: 1_000 });
});

test("where OpenClaw notes less of a schedule, all of them count", () => {
  withJobs([soon], { notesLess: true });
  expect(nextDue(home)).toEqual({ dueAt: 1_000 });
});

test("a home without a database has nothing due, and one whose database is none is refused", () => {
  expect(nextDue(home)).toEqual({ dueAt: null });
  mkdirSync(join(home, "state"));
  writeFileSync(join(home, "state", "openclaw.sqlite"), "no database".repeat(1_000));
  expect(() => nextDue(home)).toThrow("not a database");
});
