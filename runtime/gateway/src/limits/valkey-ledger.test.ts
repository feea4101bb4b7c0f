import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import fc from "fast-check";
import { startValkey, type TestValkey } from "../../../../tests/support/valkey.ts";
import { until } from "../../../../tests/support/until.ts";
import { capsOf, periodIdsAt, toNano, type Budget } from "../budgets/budget.ts";
import { needsSums, type Demand, type Subject, type Tally } from "./ledger.ts";
import type { Limits } from "./limits.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import { SharedLedger, type Reservation } from "./shared-ledger.ts";
import { ValkeyLedger } from "./valkey-ledger.ts";
import { ValkeyLink } from "./valkey-link.ts";

let valkey: TestValkey;
const links: ValkeyLink[] = [];
beforeAll(async () => void (valkey = await startValkey()), 60_000);
afterAll(async () => {
  for (const link of links) link.close();
  await valkey.remove();
});
beforeEach(async () => void (await valkey.run("flushall")));

let calls = 0;
const subjectOf = (limits: Limits, budget?: Budget): Subject => ({ id: `key:${calls++}`, limits, caps: capsOf(budget) });
const demandOf = ({ input = 0, output = 0, usd = 0 }: { input?: number; output?: number; usd?: number } = {}): Demand => ({
  id: `call-${calls++}`,
  amounts: { requests: 1, inputTokens: input, outputTokens: output },
  costNano: toNano(usd),
  periods: periodIdsAt(Date.now()),
});
const tell = (tally: Tally | undefined) =>
  tally === undefined ? "away" : "granted" in tally ? "granted" : "refused" in tally ? tally.refused.short : "unseeded";
const noBooks = async () => ({ requestsToday: 0, spent: { day: 0, month: 0 } });

async function linkUp(): Promise<ValkeyLink> {
  const link = new ValkeyLink({ url: valkey.url, log: silentLog, onChange: () => {} });
  links.push(link);
  await until("the link", () => link.isUp);
  return link;
}

/** What one gateway has: its own memory, and the server that all share. */
async function gatewayOf({ leaseMs = 15_000, load = noBooks }: { leaseMs?: number; load?: typeof noBooks } = {}) {
  const link = await linkUp();
  const ledger = new SharedLedger({
    memory: new MemoryLedger(),
    shared: new ValkeyLedger(link, leaseMs),
    load,
    clock: { now: () => Date.now() },
    onFreed() {},
  });
  const reserve = async (subject: Subject, demand: Demand = demandOf()) => {
    const reserved = await ledger.reserve(subject, demand);
    return "granted" in reserved ? reserved.granted : "refused" in reserved ? reserved.refused.short : "unchecked";
  };
  return { link, ledger, reserve };
}
const isGrant = (answer: Reservation | string): answer is Reservation => typeof answer !== "string";
const usedBy = ({ amounts, costNano }: Demand) => ({ amounts, costNano });

test("it judges as the ledger in memory does, whatever comes", async () => {
  const shared = new ValkeyLedger(await linkUp(), 60_000);
  const count = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined });
  const limitsOf = fc.record({
    requestsPerMinute: count,
    inputTokensPerMinute: fc.option(fc.integer({ min: 10, max: 60 }), { nil: undefined }),
    outputTokensPerMinute: fc.option(fc.integer({ min: 10, max: 60 }), { nil: undefined }),
    concurrent: count,
    requestsPerDay: count,
  });
  const amount = fc.integer({ min: 0, max: 10 });
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ input: amount, output: amount, usd: amount }) },
    { weight: 2, arbitrary: fc.record({ settle: fc.nat(), input: amount, output: amount, usd: amount, counts: fc.boolean() }) },
  );
  await fc.assert(
    fc.asyncProperty(
      limitsOf,
      fc.option(fc.integer({ min: 5, max: 40 }), { nil: undefined }),
      fc.array(step, { maxLength: 30 }),
      async (limits, dayUsd, steps) => {
        const memory = new MemoryLedger();
        const subject = subjectOf(limits, { dayUsd, warnPercent: 80 });
        const ids = periodIdsAt(Date.now());
        const sums = { requestsToday: 0, spent: { day: toNano(1), month: toNano(2) } };
        memory.seed(subject.id, ids, sums, Date.now());
        await shared.seed(subject.id, ids, sums);
        const running: { demand: Demand; slots: [number, number] }[] = [];
        for (const one of steps) {
          const now = Date.now();
          if ("settle" in one) {
            const [call] = running.splice(one.settle % Math.max(1, running.length), 1);
            if (call === undefined) continue;
            const amounts = { requests: one.counts ? 1 : 0, inputTokens: one.input, outputTokens: one.output };
            const use = { amounts, costNano: toNano(one.usd) };
            memory.settle(subject.id, { demand: call.demand, slot: call.slots[0], now }, use);
            await shared.settle(subject, { demand: call.demand, slot: call.slots[1] }, use);
            continue;
          }
          const demand = demandOf(one);
          const [mine, theirs] = [memory.reserve(subject, demand, now), await shared.reserve(subject, demand)];
          expect(tell(theirs)).toBe(tell(mine));
          if ("slot" in mine && theirs !== undefined && "slot" in theirs) {
            running.push({ demand, slots: [mine.slot, theirs.slot] });
            if (needsSums(subject)) expect(theirs.granted.spent).toEqual(mine.granted.spent);
            const limited = (standing: typeof mine.granted) =>
              (["requests", "inputTokens", "outputTokens"] as const).map((measure) => standing.remaining[measure]);
            expect(limited(theirs.granted)).toEqual(limited(mine.granted));
          }
        }
      },
    ),
    { numRuns: 400 },
  );
}, 120_000);

test.each([
  ["requests a minute", { requestsPerMinute: 17 }, {}, 17],
  ["input tokens a minute", { inputTokensPerMinute: 1_000 }, { input: 60 }, 16],
  ["output tokens a minute", { outputTokensPerMinute: 1_000 }, { output: 50 }, 20],
  ["running calls", { concurrent: 7 }, {}, 7],
  ["requests a day", { requestsPerDay: 23 }, {}, 23],
])("50 callers at two gateways get exactly what there is: %s", async (_name, limits, each, expected) => {
  const [one, other] = [await gatewayOf(), await gatewayOf()];
  const subject = subjectOf(limits);
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one : other).reserve(subject, demandOf(each))));
  expect(answers.filter((answer) => typeof answer === "object").length).toBe(expected);
});

test("50 callers at two gateways spend no more than the budget", async () => {
  const gateways = [await gatewayOf(), await gatewayOf()];
  const subject = subjectOf({}, { dayUsd: 1, warnPercent: 80 });
  let spent = 0;
  await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const demand = demandOf({ usd: 0.03 });
      const answer = await gateways[index % 2]?.reserve(subject, demand);
      if (answer === undefined || !isGrant(answer)) return;
      spent += toNano(0.03);
      answer.settle(usedBy(demand));
    }),
  );
  expect(spent).toBe(toNano(0.99));
});

test("what a gateway has granted still counts when it has been started again", async () => {
  const subject = subjectOf({ requestsPerMinute: 3 });
  const before = await gatewayOf();
  for (const _ of [1, 2]) ((await before.reserve(subject)) as Reservation).settle(usedBy(demandOf()));
  before.link.close();
  const after = await gatewayOf();
  expect([await after.reserve(subject), await after.reserve(subject)]).toMatchObject([{}, "requests"]);
});

test("the running calls of a gateway that was killed end with their lease, those of one that lives go on", async () => {
  const subject = subjectOf({ concurrent: 2 }, { dayUsd: 1, warnPercent: 80 });
  const [killed, living] = [await gatewayOf({ leaseMs: 400 }), await gatewayOf({ leaseMs: 400 })];
  expect(isGrant(await killed.reserve(subject, demandOf({ usd: 0.5 })))).toBe(true);
  expect(isGrant(await living.reserve(subject, demandOf({ usd: 0.1 })))).toBe(true);
  expect(await living.reserve(subject)).toBe("concurrent");
  killed.link.close();
  const renewal = setInterval(() => void living.ledger.renew(), 100);
  const next = await until("the lease to end", async () => {
    const answer = await living.reserve(subject, demandOf({ usd: 0.8 }));
    return isGrant(answer) ? answer : undefined;
  });
  expect(await living.reserve(subject)).toBe("concurrent");
  next.settle(usedBy(demandOf()));
  clearInterval(renewal);
});

test("while the server is away a gateway goes on counting without a gap, and tells it of running calls when it is back", async () => {
  const subject = subjectOf({ requestsPerMinute: 4, concurrent: 3 });
  const gateway = await gatewayOf();
  const first = (await gateway.reserve(subject)) as Reservation;
  await gateway.reserve(subject);
  await valkey.kill();
  await until("the loss to be noticed", () => !gateway.link.isUp);
  expect([await gateway.reserve(subject), await gateway.reserve(subject)]).toMatchObject([{}, "concurrent"]);
  first.settle(usedBy(demandOf()));
  expect([await gateway.reserve(subject), await gateway.reserve(subject)]).toMatchObject([{}, "requests"]);
  await valkey.start();
  await until("the server to be used again", () => gateway.link.isUp);
  await gateway.ledger.renew();
  const other = await gatewayOf();
  // The server has lost what was granted before it was killed; what runs it knows again.
  expect(await other.reserve(subject)).toBe("concurrent");
}, 60_000);

test("a server that hangs holds a call up once and for half a second at most", async () => {
  const subject = subjectOf({ requestsPerMinute: 100 });
  const gateway = await gatewayOf();
  await gateway.reserve(subject);
  await valkey.pause();
  try {
    const began = performance.now();
    expect(isGrant(await gateway.reserve(subject))).toBe(true);
    expect(performance.now() - began).toBeLessThan(1_500);
    const second = performance.now();
    await gateway.reserve(subject);
    expect(performance.now() - second).toBeLessThan(50);
  } finally {
    await valkey.resume();
  }
  await until("the server to be used again", () => gateway.link.isUp);
}, 60_000);

test("sums come from the books when the server has lost them, and from the server while the books are away", async () => {
  const subject = subjectOf({}, { dayUsd: 1, warnPercent: 80 });
  const books = { spent: 0.9, away: false };
  const load = async () => {
    if (books.away) throw new Error("away");
    return { requestsToday: 1, spent: { day: toNano(books.spent), month: toNano(books.spent) } };
  };
  const gateway = await gatewayOf({ load });
  const demand = demandOf({ usd: 0.05 });
  ((await gateway.reserve(subject, demand)) as Reservation).settle(usedBy(demand));
  await valkey.run("flushall");
  books.spent = 0.95;
  expect(await gateway.reserve(subject, demandOf({ usd: 0.1 }))).toBe("budget-day");
  expect(isGrant(await gateway.reserve(subject, demandOf({ usd: 0.05 })))).toBe(true);
  books.away = true;
  const other = await gatewayOf({ load });
  expect(await other.reserve(subject, demandOf({ usd: 0.1 }))).toBe("budget-day");
  await valkey.run("flushall");
  expect(await (await gatewayOf({ load })).reserve(subject)).toBe("unchecked");
});

test("what another gateway has spent while the server was away is learnt from the books", async () => {
  const subject = subjectOf({}, { dayUsd: 1, warnPercent: 80 });
  const books = { spent: 0 };
  const gateway = await gatewayOf({ load: async () => ({ requestsToday: 0, spent: { day: toNano(books.spent), month: toNano(books.spent) } }) });
  expect(isGrant(await gateway.reserve(subject, demandOf({ usd: 0.01 })))).toBe(true);
  books.spent = 1;
  await gateway.ledger.compare();
  expect(await gateway.reserve(subject, demandOf({ usd: 0.01 }))).toBe("budget-day");
});
