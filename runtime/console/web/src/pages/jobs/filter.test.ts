import { expect, test } from "@jest/globals";
import { filterOf, isFiltered, noFilter, queryOf, searchOf, withState } from "./filter.ts";

const nowMs = Date.parse("2026-11-21T10:31:00Z");

test("a filter that stands in an address reads back as it was; what is not known there is passed over", () => {
  const filter = { states: ["running", "failed"], wanted: "import & fix", schedule: "s1", days: "7" } as const;
  expect(filterOf(new URLSearchParams(searchOf(filter)))).toEqual(filter);
  expect(filterOf(new URLSearchParams("state=lost,failed&days=12"))).toEqual({ ...noFilter, states: ["failed"] });
  expect(isFiltered(filterOf(new URLSearchParams()))).toBe(false);
});

test("the worker is asked for what is wanted, from a full hour on", () => {
  expect(queryOf({ states: ["failed"], wanted: " slow ", schedule: "", days: "1" }, nowMs)).toEqual({
    state: "failed",
    search: "slow",
    from: "2026-11-20T10:00:00.000Z",
  });
  expect(queryOf(noFilter, nowMs)).toEqual({});
});

test("states are chosen and let go one by one, in their own order", () => {
  expect(withState(["failed"], "queued")).toEqual(["queued", "failed"]);
  expect(withState(["queued", "failed"], "failed")).toEqual(["queued"]);
});
