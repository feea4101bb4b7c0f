import { expect, test } from "@jest/globals";
import { restoreArguments } from "./restore.ts";

test("a snapshot and a moment become the words of the backup service's command, the moment in UTC", () => {
  expect(restoreArguments({ snapshot: "latest" })).toEqual(["latest"]);
  expect(restoreArguments({ at: "2026-11-21T21:15:00+01:00", databasesOnly: true })).toEqual(["--at", "2026-11-21T20:15:00.000Z", "--databases-only"]);
});

test.each([
  [{ snapshot: "2026-11-21" }, /"2026-11-21" is no snapshot/],
  [{ snapshot: "--at" }, /is no snapshot/],
  [{ at: "2026-11-21", databasesOnly: false }, /"2026-11-21" is no moment/],
  [{ at: "2026-11-21T20:15:00", databasesOnly: false }, /is no moment/],
  [{ at: "2026-13-21T20:15:00Z", databasesOnly: false }, /is no moment/],
])("%j is refused by name", (target, message) => {
  expect(() => restoreArguments(target)).toThrow(message);
});
