import type { Clock } from "@freehold/kernel/clock";
import { periodIdsAt, type PeriodIds, type Spent } from "../budgets/budget.ts";
import { needsLease, type Demand, type Refused, type Standing, type Subject, type Sums, type Use } from "./ledger.ts";
import { noAmounts } from "./limits.ts";
import type { MemoryLedger } from "./memory-ledger.ts";
import type { ValkeyLedger } from "./valkey-ledger.ts";

export interface SharedLedgerParts {
  memory: MemoryLedger;
  /** Absent: this gateway is alone. */
  shared: ValkeyLedger | undefined;
  /** Sums up the books of a subject; rejects when they are away. */
  load: (subjectId: string, ids: PeriodIds) => Promise<Sums>;
  clock: Clock;
  /** Told when a call of a subject has ended, so that those who wait look again. */
  onFreed: (subjectId: string) => void;
}

/** What a call holds until it is settled. */
export interface Reservation {
  standing: Standing;
  /** Puts what was used in its place, only the first time; returns what has been spent in all, as far as it is known here. */
  settle(use: Use): Spent;
}

export type Reserved = { granted: Reservation } | { refused: Refused } | { unchecked: true };

export const nothingUsed: Use = { amounts: noAmounts, costNano: 0 };

/** Units: milliseconds. Subjects that were used within this time are compared with the books. */
const comparedMs = 120_000;

/**
 * Judges each call twice: by what this process has granted, then by what all have granted. The first needs no round trip and goes on alone, without a gap,
 * while Valkey is away.
 */
export class SharedLedger {
  readonly #parts: SharedLedgerParts;
  readonly #loading = new Map<string, Promise<Sums>>();
  /** What running calls hold, by subject and call. */
  readonly #running = new Map<string, Map<string, number>>();

  constructor(parts: SharedLedgerParts) {
    this.#parts = parts;
  }

  reserve(subject: Subject, demand: Omit<Demand, "periods">): Reserved | Promise<Reserved> {
    const { memory, shared, clock } = this.#parts;
    const now = clock.now();
    const dated: Demand = { ...demand, periods: periodIdsAt(now) };
    const tally = memory.reserve(subject, dated, now);
    if ("unseeded" in tally) return this.#seedAndReserve(subject, dated);
    if ("refused" in tally) return tally;
    const held = { subject, demand: dated, slot: tally.slot };
    if (shared === undefined || !shared.isWorthAsking) return { granted: this.#grant(held, tally.granted, undefined) };
    return this.#share(shared, held, tally.granted);
  }

  /** Extends the leases of all running calls. */
  async renew(): Promise<void> {
    for (const [subjectId, held] of this.#running) await this.#parts.shared?.renew(subjectId, held);
  }

  /** Compares with the books: after a time alone, and now and then because a server may lose its memory. */
  async compare(): Promise<void> {
    const { memory, shared, clock } = this.#parts;
    const now = clock.now();
    memory.forget(now);
    for (const subjectId of memory.seeded(now, comparedMs)) {
      const ids = periodIdsAt(now);
      const sums = await this.#load(subjectId, ids).catch(() => undefined);
      if (sums === undefined) return;
      memory.seed(subjectId, ids, sums, now);
      await shared?.seed(subjectId, ids, sums);
    }
  }

  async #seedAndReserve(subject: Subject, demand: Demand): Promise<Reserved> {
    const { memory, shared, clock } = this.#parts;
    const sums = await this.#load(subject.id, demand.periods).catch(() => shared?.sums(subject.id, demand.periods));
    if (sums === undefined) return { unchecked: true };
    memory.seed(subject.id, demand.periods, sums, clock.now());
    return this.reserve(subject, demand);
  }

  async #share(shared: ValkeyLedger, held: Held, standing: Standing): Promise<Reserved> {
    const { subject, demand } = held;
    let tally = await shared.reserve(subject, demand);
    if (tally !== undefined && "unseeded" in tally) {
      const known = this.#parts.memory.sums(subject.id);
      await shared.seed(subject.id, demand.periods, await this.#load(subject.id, demand.periods).catch(() => known));
      tally = await shared.reserve(subject, demand);
    }
    if (tally !== undefined && "refused" in tally) {
      this.#parts.memory.settle(subject.id, { demand, slot: held.slot, now: this.#parts.clock.now() }, nothingUsed);
      return tally;
    }
    if (tally === undefined || "unseeded" in tally) return { granted: this.#grant(held, standing, undefined) };
    return { granted: this.#grant(held, tally.granted, tally.slot) };
  }

  #grant(held: Held, standing: Standing, sharedSlot: number | undefined): Reservation {
    const { subject, demand, slot } = held;
    const { memory, shared, clock, onFreed } = this.#parts;
    if (needsLease(subject)) this.#hold(subject.id, demand);
    let isSettled = false;
    return {
      standing,
      settle: (use) => {
        if (isSettled) return memory.sums(subject.id).spent;
        isSettled = true;
        memory.settle(subject.id, { demand, slot, now: clock.now() }, use);
        this.#letGo(subject.id, demand.id);
        if (shared?.isWorthAsking === true) void shared.settle(subject, { demand, slot: sharedSlot }, use).then(() => onFreed(subject.id));
        else onFreed(subject.id);
        return memory.sums(subject.id).spent;
      },
    };
  }

  #hold(subjectId: string, { id, costNano }: Demand): void {
    let held = this.#running.get(subjectId);
    if (held === undefined) this.#running.set(subjectId, (held = new Map()));
    held.set(id, costNano);
  }

  #letGo(subjectId: string, callId: string): void {
    const held = this.#running.get(subjectId);
    held?.delete(callId);
    if (held?.size === 0) this.#running.delete(subjectId);
  }

  #load(subjectId: string, ids: PeriodIds): Promise<Sums> {
    let loading = this.#loading.get(subjectId);
    if (loading === undefined) {
      loading = this.#parts.load(subjectId, ids).finally(() => this.#loading.delete(subjectId));
      this.#loading.set(subjectId, loading);
    }
    return loading;
  }
}

interface Held {
  subject: Subject;
  demand: Demand;
  slot: number;
}
