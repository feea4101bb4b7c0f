import { expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { Backups, measuresOf } from "./backups.ts";
import { backupError } from "./errors.ts";
import type { Snapshot } from "./restic-output.ts";
import type { SnapshotResult } from "./snapshotting.ts";

const snapshotNamed = (id: string): Snapshot => ({
  id,
  target: "main",
  createdAt: "2026-11-21T10:00:00.000Z",
  sizeBytes: 10,
  addedBytes: 3,
  files: 2,
  durationMs: 5,
  databases: ["worker"],
  tenants: [],
  pauseMs: 0,
});
const made = (id: string, more: Partial<SnapshotResult> = {}): SnapshotResult => ({
  snapshot: snapshotNamed(id),
  skipped: [],
  missed: [],
  laterFailures: [],
  ...more,
});

/** A maker whose runs begin and end when the test says so. */
function controlled() {
  const runs: { begin: () => void; end: (result: SnapshotResult) => void; fail: (thrown: unknown) => void }[] = [];
  const make = (begin: () => void) => new Promise<SnapshotResult>((end, fail) => void runs.push({ begin, end, fail }));
  const run = (index: number) => {
    const found = runs[index];
    if (found === undefined) throw new Error(`Run ${index} was not started.`);
    return found;
  };
  return { make, run, count: () => runs.length };
}

const backupsWith = (make: (begin: () => void) => Promise<SnapshotResult>, fetchList: () => Promise<Snapshot[]> = async () => [], now = { at: 0 }) => {
  const metrics = createMetrics();
  return { metrics, backups: new Backups({ target: "main", make, fetchList, measures: measuresOf(metrics), log: silentLog, clock: { now: () => now.at } }) };
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("whoever asks before anything was read joins the running snapshot; whoever asks later shares the next one", async () => {
  const { make, run, count } = controlled();
  const { backups } = backupsWith(make);
  const early = [backups.snapshot(), backups.snapshot()];
  await turn();
  run(0).begin();
  const late = [backups.snapshot(), backups.snapshot()];
  await turn();
  expect(count()).toBe(1);
  run(0).end(made("a"));
  expect((await Promise.all(early)).map(({ id }) => id)).toEqual(["a", "a"]);
  await turn();
  expect({ runs: count(), running: backups.running }).toEqual({ runs: 2, running: true });
  run(1).end(made("b"));
  expect((await Promise.all(late)).map(({ id }) => id)).toEqual(["b", "b"]);
  await backups.idle();
  expect(backups.running).toBe(false);
});

test("a failed snapshot fails for all who share it, is remembered and counted, and does not spoil the next", async () => {
  const { make, run } = controlled();
  const { backups, metrics } = backupsWith(make);
  const shared = [backups.snapshot(), backups.snapshot()];
  await turn();
  run(0).fail(backupError("backup.bucket-away", "gone"));
  expect((await Promise.allSettled(shared)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(backups.lastError).toEqual({ code: "backup.bucket-away", message: "gone", at: "1970-01-01T00:00:00.000Z" });
  expect(await metrics.text()).toContain('backup_failures_total{code="backup.bucket-away"} 1');
  const next = backups.snapshot();
  await turn();
  run(1).end(made("c"));
  await next;
  expect(backups.lastError).toBeNull();
});

test("a snapshot whose clean-up failed counts as made, and the failure is shown", async () => {
  const { backups, metrics } = backupsWith(async () =>
    made("a", {
      laterFailures: [{ event: "backup.check-failed", thrown: backupError("backup.bucket-away", "at the end") }],
      skipped: [{ path: "x", cause: "locked" }],
    }),
  );
  expect((await backups.snapshot()).id).toBe("a");
  expect(backups.lastError).toMatchObject({ message: "at the end" });
  expect(await metrics.text()).toMatch(/backup_last_success_timestamp\{target="main"\} 1795255200[^]*backup_skipped_files 1/);
});

test("the list is asked for every six hours and when old snapshots were dropped, knows new ones at once, and stays readable while the bucket is away", async () => {
  const now = { at: 0 };
  let asked = 0;
  let stored = [snapshotNamed("old")];
  const fetchList = async () => {
    asked += 1;
    if (stored.length === 0) throw backupError("backup.bucket-away", "gone");
    return stored;
  };
  const { backups } = backupsWith(async () => made("new"), fetchList, now);
  const ids = async () => (await backups.list()).map(({ id }) => id);
  expect([await ids(), await ids(), asked]).toEqual([["old"], ["old"], 1]);
  await backups.snapshot();
  stored = [];
  expect([await ids(), asked]).toEqual([["new", "old"], 1]);
  backups.outdateList();
  expect([await ids(), asked]).toEqual([["new", "old"], 2]);
  stored = [snapshotNamed("new")];
  expect([await ids(), asked]).toEqual([["new"], 3]);
  now.at += 6 * 3_600_000 + 1;
  stored = [];
  expect([await ids(), asked]).toEqual([["new"], 4]);
});

test("a list that was asked for before a snapshot was made does not hide it", async () => {
  let answer: (snapshots: Snapshot[]) => void = () => undefined;
  const late = new Promise<Snapshot[]>((resolve) => void (answer = resolve));
  let asked = 0;
  const { backups } = backupsWith(
    async () => made("new"),
    async () => (++asked === 1 ? late : [snapshotNamed("new"), snapshotNamed("old")]),
  );
  const asking = backups.list();
  await backups.snapshot();
  answer([snapshotNamed("old")]);
  await asking;
  expect((await backups.list()).map(({ id }) => id)).toEqual(["new", "old"]);
});

test("a bucket that was never reached is an error, not an empty list", async () => {
  const { backups } = backupsWith(
    async () => made("a"),
    async () => Promise.reject(backupError("backup.bucket-away", "gone")),
  );
  await expect(backups.list()).rejects.toMatchObject({ code: "backup.bucket-away", status: 503 });
});
