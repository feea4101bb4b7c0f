import { expect, test } from "@jest/globals";
import type { Snapshot } from "../restic-output.ts";
import { chooseForTenant, lastMomentOf } from "./choice.ts";

const snapshot = (id: string, createdAt: string, ...tenants: string[]): Snapshot => ({
  id: id.repeat(32),
  target: "main",
  createdAt,
  sizeBytes: 0,
  addedBytes: 0,
  files: 0,
  durationMs: 0,
  databases: [],
  tenants: tenants.map((tenant) => ({ id: tenant, pauseMs: 0, files: 1, sizeBytes: 1 })),
  pauseMs: 0,
});
const snapshots = [
  snapshot("a1", "2026-02-09T00:00:00.000Z", "ada"),
  snapshot("a2", "2026-02-08T23:59:59.000Z", "ben"),
  snapshot("a3", "2026-02-08T12:00:00.000Z", "ada", "ben"),
  snapshot("a4", "2026-02-07T12:00:00.000Z", "ada"),
];
const chosen = (asked: object) => chooseForTenant("ada", asked, snapshots).id.slice(0, 2);

test("the newest snapshot at or before a moment that holds the tenant is chosen; a date lasts until its end in UTC", () => {
  expect(chosen({})).toBe("a1");
  expect(chosen({ at: "2026-02-08" })).toBe("a3");
  expect(chosen({ at: "2026-02-08T12:00:00Z" })).toBe("a3");
  expect(chosen({ at: "2026-02-08T12:59:59+01:00" })).toBe("a4");
  expect(chosen({ snapshot: "a4a4a4a4" })).toBe("a4");
  expect(lastMomentOf("2026-02-08")).toBe(Date.parse("2026-02-08T23:59:59.999Z"));
});

test.each([
  [{ at: "2026-02-06" }, "backup.unknown-snapshot", /oldest snapshot of ada is of 2026-02-07/],
  [{ snapshot: "a2a2a2a2" }, "backup.unknown-snapshot", /No snapshot that begins with a2a2a2a2 holds ada/],
])("%j is refused with what there is", (asked, code, message) => {
  expect(() => chosen(asked)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
});

test("a tenant that no snapshot holds is refused", () => {
  expect(() => chooseForTenant("eve", {}, snapshots)).toThrow(expect.objectContaining({ code: "backup.unknown-tenant" }));
});
