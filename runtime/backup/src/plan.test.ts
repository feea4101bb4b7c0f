import { expect, test } from "@jest/globals";
import { chooseSnapshot, isOverdue, planPreparation, retryDelayMs } from "./plan.ts";
import type { Snapshot } from "./restic-output.ts";

const snapshot = (id: string, databases: string[], createdAt = "2026-11-21T10:00:00.000Z"): Snapshot => ({
  id,
  target: "main",
  createdAt,
  sizeBytes: 0,
  addedBytes: 0,
  files: 0,
  durationMs: 0,
  databases,
  tenants: [],
  pauseMs: 0,
});
const [newest, older] = [snapshot("aaaaaaaa01", ["worker"]), snapshot("aaaaaaaa02", ["worker", "gateway"])];

test("what is missing comes from the newest snapshot that holds it; what none holds is made new", () => {
  const plan = planPreparation({ databases: ["gateway", "worker", "console"], jobs: true }, [newest, older]);
  expect(plan).toEqual({
    restores: [
      { snapshotId: older.id, target: "main", databases: ["gateway"], jobs: false },
      { snapshotId: newest.id, target: "main", databases: ["worker"], jobs: true },
    ],
    create: ["console"],
    keepJobs: false,
  });
});

test("without a snapshot everything is made new", () => {
  expect(planPreparation({ databases: ["worker"], jobs: true }, [])).toEqual({ restores: [], create: ["worker"], keepJobs: true });
});

test("only the missing part is restored", () => {
  expect(planPreparation({ databases: [], jobs: true }, [newest]).restores).toEqual([{ snapshotId: newest.id, target: "main", databases: [], jobs: true }]);
  expect(planPreparation({ databases: ["worker"], jobs: false }, [newest])).toEqual({
    restores: [{ snapshotId: newest.id, target: "main", databases: ["worker"], jobs: false }],
    create: [],
    keepJobs: false,
  });
});

test.each([
  ["latest", newest],
  ["aaaaaaaa02", older],
])("the snapshot asked for by %s is found", (asked, found) => {
  expect(chooseSnapshot(asked, [newest, older])).toBe(found);
});

test.each([
  ["aaaaaaaa", /^Several snapshots begin with the id aaaaaaaa;.*aaaaaaaa \(2026-11-21/],
  ["bbbbbbbb", /^No snapshot has the id bbbbbbbb;/],
  ["aaaa", /give 8 to 64 of its digits/],
  ["--help; rm -rf /", /^No snapshot has the id --help; rm -rf \/;/],
])("an id that names no single snapshot (%s) is refused with what there is", (asked, message) => {
  expect(() => chooseSnapshot(asked, [newest, older])).toThrow(
    expect.objectContaining({ code: "backup.unknown-snapshot", message: expect.stringMatching(message) }),
  );
});

test("an empty bucket is named as such", () => {
  expect(() => chooseSnapshot("latest", [])).toThrow(expect.objectContaining({ code: "backup.no-snapshot" }));
});

test("a snapshot is overdue when the newest is older than the last time one was due, but never in a home without any", () => {
  const at = (text: string) => new Date(text);
  expect(isOverdue(newest, at("2026-11-21T10:17:00Z"))).toBe(true);
  expect(isOverdue(newest, at("2026-11-21T09:17:00Z"))).toBe(false);
  expect(isOverdue(undefined, at("2026-11-21T10:17:00Z"))).toBe(false);
  expect(isOverdue(newest, undefined)).toBe(false);
});

test("retries come after 1, 2, 4 … minutes, at most 30", () => {
  expect([1, 2, 3, 6, 60].map((failures) => retryDelayMs(failures) / 60_000)).toEqual([1, 2, 4, 30, 30]);
});
