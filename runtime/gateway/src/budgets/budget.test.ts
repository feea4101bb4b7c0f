import { expect, test } from "@jest/globals";
import { budgetSchema, capsOf, endOf, periodIdsAt, toNano, warningsOf } from "./budget.ts";

const now = Date.UTC(2026, 11, 31, 23, 59, 59, 999);

test("days and months are those of UTC and end at their last moment", () => {
  expect(periodIdsAt(now)).toEqual({ day: "2026-12-31", month: "2026-12" });
  expect([endOf("day", now), endOf("month", now)]).toEqual([Date.UTC(2027, 0, 1), Date.UTC(2027, 0, 1)]);
  expect([endOf("day", now + 1), endOf("month", now + 1)]).toEqual([Date.UTC(2027, 0, 2), Date.UTC(2027, 1, 1)]);
});

test("a warning is due from the share on that the owner chose, for each period that has a budget", () => {
  const budget = budgetSchema.parse({ dayUsd: 0.1, monthUsd: 5 });
  const spent = (day: number, month: number) => warningsOf(budget, { day: toNano(day), month: toNano(month) }, periodIdsAt(now));
  expect(spent(0.0799, 3.99)).toEqual([]);
  expect(spent(0.08, 3.99)).toEqual([{ period: "day", id: "2026-12-31", usedPercent: 80, limitUsd: 0.1 }]);
  expect(spent(0.2, 4)).toMatchObject([{ usedPercent: 200 }, { period: "month", id: "2026-12", usedPercent: 80 }]);
  expect(warningsOf(budgetSchema.parse({ monthUsd: 0 }), { day: 1, month: 1 }, periodIdsAt(now))).toEqual([]);
});

test("what has no budget has no bound", () => {
  expect(capsOf({ dayUsd: 1.5, warnPercent: 80 })).toEqual({ day: 1_500_000_000, month: Number.POSITIVE_INFINITY });
});
