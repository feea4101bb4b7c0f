import { expect, test } from "@jest/globals";
import type { BaseBackup, Timeline } from "./info.ts";
import { baseDue, planRecovery, refuseFuture, usableCluster } from "./target.ts";

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse("2026-11-01T03:41:00Z");

const backup = (label: string, more: Partial<BaseBackup> = {}): BaseBackup => ({
  label,
  full: true,
  startedAt: start,
  stoppedAt: start + 60_000,
  timeline: 1,
  stopLsn: 100n,
  databaseId: 1,
  sizeBytes: 1,
  addedBytes: 1,
  ...more,
});
const daily = (label: string, days: number, more: Partial<BaseBackup> = {}) =>
  backup(label, { startedAt: start + days * day, stoppedAt: start + days * day + 60_000, stopLsn: BigInt(100 + days * 100), ...more });

/** The home went back on day 5 to what it was on day 3 (position 350), and on day 9 to day 7 of its second life (position 800). */
const second: Timeline = { id: 2, since: start + 5 * day, parents: [{ id: 1, until: 350n }] };
const third: Timeline = {
  id: 3,
  since: start + 9 * day,
  parents: [
    { id: 1, until: 350n },
    { id: 2, until: 800n },
  ],
};
const backups = [
  daily("d0", 0),
  daily("d2", 2),
  daily("d4", 4),
  daily("d6", 6, { timeline: 2 }),
  daily("d8", 8, { timeline: 2, stopLsn: 900n }),
  daily("d10", 10, { timeline: 3 }),
];

test.each([
  ["the newest moment is of the last life, from its newest base backup", "newest", "d10", 3],
  ["before any restore it is the first life", start + 2.5 * day, "d2", 1],
  ["what a restore undid is reached on the life that was left", start + 4.5 * day, "d4", 1],
  ["right after a restore, a base backup of the part that was undone can't lead there", start + 5.5 * day, "d2", 2],
  ["later in the second life its own base backup does", start + 7 * day, "d6", 2],
  ["in the third life one that was undone is passed over again", start + 9.5 * day, "d6", 3],
] as const)("%s", (_what, target, label, timeline) => {
  expect(planRecovery(target, backups, [third, second])).toMatchObject({ label, timeline, target });
});

test("a base backup counts from the second after it ended", () => {
  const [first] = backups;
  const stoppedAt = first?.stoppedAt ?? 0;
  expect(planRecovery(stoppedAt + 1_000, backups, [])).toMatchObject({ label: "d0", from: stoppedAt });
  expect(() => planRecovery(stoppedAt + 999, backups, [])).toThrow(/No base backup leads to .*The oldest possible moment is 2026-11-01T03:42:01.000Z/);
});

test("an archive without a base backup, and a moment that has not come, are refused with what is possible", () => {
  expect(() => planRecovery("newest", [], [])).toThrow(/holds none yet: restore a snapshot/);
  expect(() => refuseFuture(start + 1, start)).toThrow(/is in the future: it is 2026-11-01T03:41:00.000Z now/);
  expect(() => refuseFuture(start, start)).not.toThrow();
});

test("what another major version left is not used", () => {
  const clusters = [
    { id: 1, systemId: "1", version: "16" },
    { id: 2, systemId: "2", version: "17" },
  ];
  expect(usableCluster({ clusters, backups: [] }, "17")?.id).toBe(2);
  expect(usableCluster({ clusters, backups: [] }, "18")).toBeUndefined();
  expect(usableCluster({ clusters: [], backups: [] }, "17")).toBeUndefined();
});

test.each([
  ["the first is full", [], 1, 0, "full"],
  ["the days between hold what changed", [daily("d0", 0)], 1, 6 * day, "diff"],
  ["after a week the next is full, also when it begins some minutes earlier in the day", [daily("d0", 0)], 1, 7 * day - 600_000, "full"],
  ["a new life begins with a full one", [daily("d0", 0)], 2, day, "full"],
] as const)("%s", (_what, known, timeline, after, expected) => {
  expect(baseDue({ backups: known, timeline, now: start + after, fullEveryMs: 7 * day })).toBe(expected);
});
