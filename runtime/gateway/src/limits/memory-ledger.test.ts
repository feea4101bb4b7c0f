import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { capsOf, periodIdsAt, toNano, type Budget } from "../budgets/budget.ts";
import type { Demand, Subject, Tally } from "./ledger.ts";
import type { Limits } from "./limits.ts";
import { MemoryLedger } from "./memory-ledger.ts";

const start = Date.UTC(2026, 10, 21, 12, 0, 0, 300);
const subjectOf = (limits: Limits, budget?: Budget): Subject => ({ id: "key:1", limits, caps: capsOf(budget) });

let calls = 0;
const demandOf = ({ input = 0, output = 0, usd = 0, now = start }: { input?: number; output?: number; usd?: number; now?: number } = {}): Demand => ({
  id: `call-${calls++}`,
  amounts: { requests: 1, inputTokens: input, outputTokens: output },
  costNano: toNano(usd),
  periods: periodIdsAt(now),
});
const tell = (tally: Tally) => ("granted" in tally ? "granted" : "refused" in tally ? tally.refused.short : "unseeded");
const slotOf = (tally: Tally) => ("slot" in tally ? tally.slot : -1);

test("no 60 seconds ever see more requests than the limit, whenever they come", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 120 }), fc.integer({ min: 1, max: 9 }), (gaps, limit) => {
      const ledger = new MemoryLedger();
      const subject = subjectOf({ requestsPerMinute: limit });
      const granted: number[] = [];
      let now = start;
      for (const gap of gaps) {
        now += gap;
        const tally = ledger.reserve(subject, demandOf({ now }), now);
        if ("granted" in tally) granted.push(now);
        else if ("refused" in tally) {
          // It says truly when there is room, and is not more than a second too careful.
          const oldest = granted.at(-limit) as number;
          const untilThen = oldest + 60_000 - now;
          expect(tally.refused.waitMs).toBeGreaterThanOrEqual(untilThen);
          expect(tally.refused.waitMs).toBeLessThanOrEqual(untilThen + 1_000);
        }
      }
      for (const at of granted) expect(granted.filter((other) => other > at - 60_000 && other <= at).length).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 300 },
  );
});

test("what was reserved and not used is there again at once, and what was used beside counts", () => {
  const ledger = new MemoryLedger();
  const subject = subjectOf({ outputTokensPerMinute: 1_000 });
  const demand = demandOf({ output: 900 });
  const slot = slotOf(ledger.reserve(subject, demand, start));
  expect(tell(ledger.reserve(subject, demandOf({ output: 200 }), start))).toBe("outputTokens");
  ledger.settle(subject.id, { demand, slot, now: start }, { amounts: { ...demand.amounts, outputTokens: 100 }, costNano: 0 });
  const second = demandOf({ output: 900 });
  const secondSlot = slotOf(ledger.reserve(subject, second, start));
  expect(secondSlot).toBe(slot);
  ledger.settle(subject.id, { demand: second, slot, now: start + 2_000 }, { amounts: { ...second.amounts, outputTokens: 5_000 }, costNano: 0 });
  expect(ledger.reserve(subject, demandOf({ output: 1 }), start + 61_000)).toMatchObject({ refused: { short: "outputTokens" } });
  expect(tell(ledger.reserve(subject, demandOf({ output: 1 }), start + 64_000))).toBe("granted");
});

test("as many calls run at once as are allowed, and one that ends makes room", () => {
  const ledger = new MemoryLedger();
  const subject = subjectOf({ concurrent: 2 });
  const first = demandOf();
  const slot = slotOf(ledger.reserve(subject, first, start));
  expect([0, 1].map(() => tell(ledger.reserve(subject, demandOf(), start)))).toEqual(["granted", "concurrent"]);
  ledger.settle(subject.id, { demand: first, slot, now: start }, { amounts: first.amounts, costNano: 0 });
  expect([0, 1].map(() => tell(ledger.reserve(subject, demandOf(), start)))).toEqual(["granted", "concurrent"]);
});

test("a budget is asked for the books' sums once a day, and holds what running calls may cost", () => {
  const ledger = new MemoryLedger();
  const subject = subjectOf({}, { dayUsd: 1, monthUsd: 20, warnPercent: 80 });
  const ids = periodIdsAt(start);
  expect(tell(ledger.reserve(subject, demandOf({ usd: 0.1 }), start))).toBe("unseeded");
  ledger.seed(subject.id, ids, { requestsToday: 5, spent: { day: toNano(0.5), month: toNano(0.5) } }, start);
  const demand = demandOf({ usd: 0.4 });
  const tally = ledger.reserve(subject, demand, start);
  expect(tally).toMatchObject({ granted: { spent: { day: toNano(0.5) } } });
  expect(tell(ledger.reserve(subject, demandOf({ usd: 0.2 }), start))).toBe("budget-held");
  ledger.settle(subject.id, { demand, slot: slotOf(tally), now: start }, { amounts: demand.amounts, costNano: toNano(0.05) });
  expect(tell(ledger.reserve(subject, demandOf({ usd: 0.6 }), start))).toBe("budget-day");
  expect(tell(ledger.reserve(subject, demandOf({ usd: 0.4 }), start))).toBe("granted");
  const tomorrow = start + 86_400_000;
  expect(tell(ledger.reserve(subject, demandOf({ usd: 0.1, now: tomorrow }), tomorrow))).toBe("unseeded");
});

test("older sums from the books never take back what was spent since", () => {
  const ledger = new MemoryLedger();
  const subject = subjectOf({ requestsPerDay: 3 });
  const sums = (requestsToday: number) => ledger.seed(subject.id, periodIdsAt(start), { requestsToday, spent: { day: 0, month: 0 } }, start);
  sums(1);
  ledger.reserve(subject, demandOf(), start);
  ledger.reserve(subject, demandOf(), start);
  sums(1);
  expect(tell(ledger.reserve(subject, demandOf(), start))).toBe("day");
});

test("a call that asked nobody anything is given back whole", () => {
  const ledger = new MemoryLedger();
  const subject = subjectOf({ requestsPerMinute: 1, requestsPerDay: 1 });
  ledger.seed(subject.id, periodIdsAt(start), { requestsToday: 0, spent: { day: 0, month: 0 } }, start);
  for (let round = 0; round < 3; round++) {
    const demand = demandOf();
    const tally = ledger.reserve(subject, demand, start);
    expect(tell(tally)).toBe("granted");
    const used = { amounts: { requests: 0, inputTokens: 0, outputTokens: 0 }, costNano: 0 };
    ledger.settle(subject.id, { demand, slot: slotOf(tally), now: start }, used);
  }
});

test("an account without running calls is dropped after ten minutes", () => {
  const ledger = new MemoryLedger();
  const subject = subjectOf({ requestsPerDay: 1 });
  ledger.seed(subject.id, periodIdsAt(start), { requestsToday: 0, spent: { day: 0, month: 0 } }, start);
  ledger.forget(start + 600_000);
  expect(ledger.seeded(start + 600_000, 600_000)).toEqual([subject.id]);
  ledger.forget(start + 600_001);
  expect(ledger.seeded(start + 600_001, 600_001)).toEqual([]);
});
