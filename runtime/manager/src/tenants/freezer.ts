import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { TenantBox } from "../box/tenant-box.ts";
import { fault } from "../errors.ts";
import type { Leases } from "./leases.ts";

export interface FreezerParts {
  box: Pick<TenantBox, "list" | "pause" | "unpause">;
  leases: Leases;
  clock: Clock;
  log: Log;
  /** Whether a step of the tenant is under way; it is not cut in two. */
  isBusy: (id: string) => boolean;
  wake: () => void;
}

export interface Frozen {
  lease: string;
  /** False when it does not run; it is not woken then before the lease is over. */
  frozen: boolean;
  /** Shape: ISO 8601. */
  pausedAt: string;
}

/** Pauses a tenant while its files are copied, never for longer than was asked. */
export class Freezer {
  readonly #parts: FreezerParts;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(parts: FreezerParts) {
    this.#parts = parts;
  }

  /** Throws: AppError `tenant.busy`, `tenant.leased`. */
  async freeze(id: string, leaseMs: number): Promise<Frozen> {
    const { box, leases, clock, log, isBusy } = this.#parts;
    if (isBusy(id)) throw fault("tenant.busy", `A step of ${id} is under way; ask again in a moment.`);
    const lease = leases.take(id, leaseMs);
    if (lease === undefined) throw fault("tenant.leased", `Somebody else keeps ${id} paused; wait for the end of that lease.`);
    this.#timers.set(
      lease.id,
      setTimeout(() => void this.#end(id, lease.id), leaseMs),
    );
    try {
      const pausedAt = new Date(clock.now()).toISOString();
      const runs = (await box.list()).some((state) => state.id === id && state.state !== "exited");
      if (runs) await box.pause(id);
      // Docker took longer than the lease: nobody may rely on it any more.
      if (!leases.isLive(id)) throw fault("lease.over", `The lease of ${id} ended before it was paused; ask for a longer one.`);
      log.info("tenant.frozen", { tenantId: id, frozen: runs });
      return { lease: lease.id, frozen: runs, pausedAt };
    } catch (thrown) {
      await this.#end(id, lease.id);
      throw thrown;
    }
  }

  /** Returns for how long it was paused. Throws: AppError `lease.over`. Units: milliseconds. */
  async thaw(id: string, leaseId: string): Promise<number> {
    const heldMs = this.#parts.leases.giveBack(id, leaseId);
    if (heldMs === undefined)
      throw fault("lease.over", `That lease of ${id} is over: the tenant went on while its files were copied, so the copy may be torn. Copy again.`);
    await this.#resume(id, leaseId);
    this.#parts.log.info("tenant.thawed", { tenantId: id, pausedMs: Math.round(heldMs) });
    return Math.round(heldMs);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  async #end(id: string, leaseId: string): Promise<void> {
    const { leases, log } = this.#parts;
    leases.giveBack(id, leaseId);
    leases.takeEnded();
    await this.#resume(id, leaseId).catch((error: unknown) => log.warn("tenant.thaw-failed", { tenantId: id, error }));
  }

  /**
   * Whatever fails here is done by the next round, which un-pauses everything that nobody holds. The box looks by itself whether this one is paused:
   * to ask for a list first would hold it still for longer, the more tenants there are.
   */
  async #resume(id: string, leaseId: string): Promise<void> {
    const { box, leases, wake } = this.#parts;
    clearTimeout(this.#timers.get(leaseId));
    this.#timers.delete(leaseId);
    if (!leases.isLive(id)) await box.unpause(id);
    wake();
  }
}
