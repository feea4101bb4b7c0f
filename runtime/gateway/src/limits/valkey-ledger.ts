import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Redis } from "ioredis";
import type { PeriodIds } from "../budgets/budget.ts";
import { needsLease, needsSums, shortages, type Demand, type Subject, type Sums, type Tally, type Use } from "./ledger.ts";
import { measures, perMinute, type Amounts, type Limits } from "./limits.ts";
import type { ValkeyLink } from "./valkey-link.ts";

type Script = (...words: (string | number)[]) => Promise<unknown>;

const scripts = { reserve: 4, settle: 4, seed: 1, renew: 2 } as const;
type ScriptName = keyof typeof scripts;

const texts = Object.fromEntries(Object.keys(scripts).map((name) => [name, readFileSync(join(import.meta.dirname, `lua/${name}.lua`), "utf8")])) as Record<
  ScriptName,
  string
>;

/** Limits and budgets of all gateways' calls, in Valkey: one round trip each, by its clock. Answers undefined while it is away. */
export class ValkeyLedger {
  readonly #link: ValkeyLink;
  readonly #leaseMs: number;
  readonly #prepared = new WeakSet<Redis>();

  /** Units: milliseconds. The calls of a process that was killed are given up after `leaseMs`. */
  constructor(link: ValkeyLink, leaseMs: number) {
    this.#link = link;
    this.#leaseMs = leaseMs;
  }

  get isWorthAsking(): boolean {
    return this.#link.isWorthAsking;
  }

  async reserve(subject: Subject, { id, amounts, costNano, periods }: Demand): Promise<Tally | undefined> {
    const { limits, caps } = subject;
    const bounds = [...measures.map((measure) => perMinute(limits, measure)), limits.concurrent, limits.requestsPerDay, caps.day, caps.month].map(bound);
    const needs = measures.map((measure) => amounts[measure]);
    const keys = keysOf(subject.id);
    const answer = await this.#run("reserve", [...keys, id, this.#leaseMs, periods.day, periods.month, ...needs, costNano, ...bounds]);
    return answer === undefined ? undefined : tallyOf(answer as (number | string)[]);
  }

  /** `slot` is undefined for a call that was granted while the server was away. */
  async settle({ id, limits, caps }: Subject, { demand, slot }: { demand: Demand; slot: number | undefined }, use: Use): Promise<void> {
    if (slot === undefined && !needsLease({ id, limits, caps }) && !needsSums({ id, limits, caps })) return;
    const corrections = slot === undefined ? measures.flatMap(() => [-1, -1]) : correctionsOf(limits, demand.amounts, use.amounts);
    const { day, month } = demand.periods;
    // A call that was granted in memory alone was not counted here, so that it must not be uncounted.
    const counts = slot === undefined || use.amounts.requests > 0 ? 1 : 0;
    await this.#run("settle", [...keysOf(id), demand.id, slot ?? 0, day, month, use.costNano, counts, ...corrections]);
  }

  async seed(subjectId: string, { day, month }: PeriodIds, { requestsToday, spent }: Sums): Promise<void> {
    await this.#run("seed", [keysOf(subjectId)[3], day, month, requestsToday, spent.day, spent.month]);
  }

  /** The sums that are known there, if they are. */
  async sums(subjectId: string, { day, month }: PeriodIds): Promise<Sums | undefined> {
    const known = await this.#link.ask((client) => client.hmget(keysOf(subjectId)[3], `n:${day}`, `d:${day}`, `m:${month}`));
    const [requestsToday, today, thisMonth] = (known ?? []).map((text) => (text === null ? undefined : Number(text)));
    if (requestsToday === undefined || today === undefined || thisMonth === undefined) return undefined;
    return { requestsToday, spent: { day: today, month: thisMonth } };
  }

  /** Extends the leases of running calls, given with what they hold. */
  async renew(subjectId: string, held: ReadonlyMap<string, number>): Promise<void> {
    if (held.size === 0) return;
    const [, leases, costs] = keysOf(subjectId);
    await this.#run("renew", [leases, costs, this.#leaseMs, ...[...held].flat()]);
  }

  #run(name: ScriptName, words: (string | number)[]): Promise<unknown> {
    return this.#link.ask((client) => this.#prepare(client)[name](...words));
  }

  #prepare(client: Redis): Record<ScriptName, Script> {
    if (!this.#prepared.has(client)) {
      for (const [name, numberOfKeys] of Object.entries(scripts)) client.defineCommand(`limits_${name}`, { numberOfKeys, lua: texts[name as ScriptName] });
      this.#prepared.add(client);
    }
    const commands = client as unknown as Record<string, Script>;
    const of =
      (name: ScriptName): Script =>
      (...given) =>
        (commands[`limits_${name}`] as Script).call(client, ...given);
    return { reserve: of("reserve"), settle: of("settle"), seed: of("seed"), renew: of("renew") };
  }
}

/** The braces keep a subject's keys on one node of a cluster. */
const keysOf = (subjectId: string) => {
  const base = `freehold:limits:{${subjectId}}`;
  return [`${base}:windows`, `${base}:leases`, `${base}:held`, `${base}:sums`] as const;
};

const bound = (limit: number | undefined): number => (limit === undefined || !Number.isFinite(limit) ? -1 : limit);

const correctionsOf = (limits: Limits, reserved: Amounts, used: Amounts): number[] =>
  measures.flatMap((measure) => (perMinute(limits, measure) === undefined ? [-1, -1] : [reserved[measure], used[measure]]));

function tallyOf(answer: readonly (number | string)[]): Tally {
  const [verdict = 0, first = 0, ...rest] = answer.map(Number);
  if (verdict === 2) return { unseeded: true };
  if (verdict === 0) return { refused: { short: shortages[first - 1] ?? "concurrent", waitMs: rest[0] ?? 0 } };
  const [requests = 0, inputTokens = 0, outputTokens = 0, resetMs = 0, day = 0, month = 0] = rest;
  const left = (count: number) => (count < 0 ? Number.POSITIVE_INFINITY : count);
  const remaining = { requests: left(requests), inputTokens: left(inputTokens), outputTokens: left(outputTokens) };
  return { slot: first, granted: { remaining, resetMs, spent: { day, month } } };
}
