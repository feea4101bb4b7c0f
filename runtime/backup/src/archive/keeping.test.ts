import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { backupError } from "../errors.ts";
import type { ArchiveState } from "./archive.ts";
import { BaseBackups } from "./base-backups.ts";
import type { ArchiveInfo, BaseBackup } from "./info.ts";
import { filesFor } from "./moment.ts";
import { reachedBy } from "./recovery.ts";
import { ArchiveWatch } from "./watch.ts";

const now = Date.parse("2026-11-21T04:00:00Z");
const due = new Date("2026-11-21T03:41:00Z");
const well: ArchiveState = { lagSeconds: 0, waitingBytes: 0, queueMaxBytes: 1_000, dropped: 0, lastArchivedAt: now };
const base = (startedAt: number): BaseBackup => ({
  label: "a",
  full: true,
  startedAt,
  stoppedAt: startedAt,
  timeline: 1,
  stopLsn: 1n,
  databaseId: 1,
  sizeBytes: 1,
  addedBytes: 1,
});

function archiveWith(info: ArchiveInfo, state: ArchiveState = well, fail?: Error) {
  const told: string[] = [];
  const archive = {
    server: async () => ({ systemId: "1", version: "17", timeline: 1 }),
    info: async () => info,
    state: async () => state,
    admit: async () => void told.push("admit"),
    backUp: async (type: string) => {
      told.push(type);
      if (fail !== undefined) throw fail;
    },
  };
  const metrics = createMetrics();
  return { told, metrics, bases: new BaseBackups({ archive, fullEveryMs: 7 * 86_400_000, metrics, log: silentLog, clock: { now: () => now } }) };
}
const cluster = { id: 1, systemId: "1", version: "17" };

test.each([
  ["a cluster that was never archived gets a full one at once", [], well, ["admit", "full"]],
  ["one that is younger than the last time one was due is enough", [base(due.getTime())], well, ["admit"]],
  ["an older one is followed by what changed", [base(due.getTime() - 1)], well, ["admit", "diff"]],
  ["a gap is ended by another, however young the last", [base(now)], { ...well, dropped: 2 }, ["admit", "diff"]],
] as const)("%s", async (_what, backups, state, expected) => {
  const { told, bases, metrics } = archiveWith({ clusters: [cluster], backups: [...backups] }, state);
  await bases.ensure(due, {});
  expect(told).toEqual(expected);
  expect(await metrics.text()).toMatch(/backup_base_last_success_timestamp 17/);
});

test("a base backup that fails is counted by its code", async () => {
  const { bases, metrics } = archiveWith({ clusters: [], backups: [] }, well, backupError("backup.bucket-away", "gone"));
  await expect(bases.ensure(due, {})).rejects.toMatchObject({ code: "backup.bucket-away" });
  expect(await metrics.text()).toContain('backup_base_failures_total{code="backup.bucket-away"} 1');
});

test("a gap calls for a base backup as soon as nothing waits any more, and not before", async () => {
  let calls = 0;
  let state: ArchiveState = { ...well, dropped: 3, waitingBytes: 500, lagSeconds: 60 };
  const metrics = createMetrics();
  const watch = new ArchiveWatch({ archive: { state: async () => state }, metrics, log: silentLog, onGap: async () => void (calls += 1) });
  await watch.look();
  expect(calls).toBe(0);
  expect(await metrics.text()).toMatch(
    /backup_wal_lag_seconds 60[^]*backup_wal_waiting_bytes 500[^]*backup_wal_queue_max_bytes 1000[^]*backup_wal_dropped_segments 3/,
  );
  state = { ...state, waitingBytes: 0 };
  await watch.look();
  expect(calls).toBe(1);
});

test("with databases of a moment go the files of the first snapshot from then on, or those that lie there", () => {
  const at = (createdAt: string) => ({ id: createdAt, createdAt }) as Parameters<typeof filesFor>[1][number];
  const snapshots = ["2026-11-21T12:17:00Z", "2026-11-21T11:17:00Z", "2026-11-21T10:17:00Z"].map(at);
  expect(filesFor(Date.parse("2026-11-21T10:30:00Z"), snapshots)?.id).toBe("2026-11-21T11:17:00Z");
  expect(filesFor(Date.parse("2026-11-21T10:17:00Z"), snapshots)?.id).toBe("2026-11-21T10:17:00Z");
  expect(filesFor(Date.parse("2026-11-21T13:00:00Z"), snapshots)).toBeUndefined();
});

test("how far a recovery came is its last commit, or its base backup where nothing was committed since", () => {
  expect(reachedBy({ detail: "2026-11-21 21:56:20.997399+00" }, { from: 5 })).toBe(Date.parse("2026-11-21T21:56:20.997Z"));
  expect(reachedBy({ detail: "" }, { from: 5 })).toBe(5);
});

test("the table of settings of PostgreSQL's container names exactly what its scripts read, with the same defaults", () => {
  const folder = join(import.meta.dirname, "../../../images/postgres");
  const scripts = ["entrypoint.sh", "pgbackrest-configure.sh"].map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  const read = new Map<string, string>();
  for (const [, name, fallback] of scripts.matchAll(/\$\{?((?:WAL|S3|BUCKET)_[A-Z_]+)(?::-([^}]*))?/g))
    read.set(name ?? "", read.get(name ?? "") || (fallback ?? ""));
  const readme = readFileSync(join(import.meta.dirname, "../../ARCHIVE.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `([A-Z0-9_]+)` \|([^|]*)\|/gm)].map(([, name, fallback]) => [name, fallback?.trim()]);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(read));
});
