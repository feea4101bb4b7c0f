import { randomUUID } from "node:crypto";
import type { Clock } from "@freehold/kernel/clock";

export interface Lease {
  id: string;
  /** Of a clock that never jumps. Units: milliseconds. */
  startedAt: number;
  endsAt: number;
  /** Whether a container was paused for it. */
  frozen: boolean;
}

/**
 * Who may keep a tenant paused, and until when. Kept in memory on purpose: a manager that starts knows of no lease, so it un-pauses whatever
 * it finds; neither a lost database nor a clock that jumps can keep a tenant paused.
 */
export class Leases {
  readonly #steady: Clock;
  readonly #held = new Map<string, Lease>();

  constructor(steady: Clock) {
    this.#steady = steady;
  }

  isLive(tenantId: string): boolean {
    return this.#live(tenantId) !== undefined;
  }

  /** Undefined when somebody holds one. */
  take(tenantId: string, leaseMs: number): Lease | undefined {
    if (this.isLive(tenantId)) return undefined;
    const startedAt = this.#steady.now();
    const lease = { id: randomUUID(), startedAt, endsAt: startedAt + leaseMs, frozen: false };
    this.#held.set(tenantId, lease);
    return lease;
  }

  /** Undefined when that lease is over. Units: milliseconds that it was held. */
  giveBack(tenantId: string, id: string): number | undefined {
    const lease = this.#live(tenantId);
    if (lease?.id !== id) return undefined;
    this.#held.delete(tenantId);
    return this.#steady.now() - lease.startedAt;
  }

  /** Tenants whose lease ran out since the last call. */
  takeEnded(): string[] {
    const ended = [...this.#held].filter(([, { endsAt }]) => endsAt <= this.#steady.now()).map(([id]) => id);
    for (const id of ended) this.#held.delete(id);
    return ended;
  }

  #live(tenantId: string): Lease | undefined {
    const lease = this.#held.get(tenantId);
    return lease !== undefined && lease.endsAt > this.#steady.now() ? lease : undefined;
  }
}
