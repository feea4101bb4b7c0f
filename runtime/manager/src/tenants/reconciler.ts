import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { BoxState, TenantBox } from "../box/tenant-box.ts";
import { planAdmission, type AdmissionSettings } from "./admission.ts";
import { decide, type DecideSettings, type Step } from "./decide.ts";
import type { Leases } from "./leases.ts";
import type { Steps } from "./steps.ts";
import type { TenantStore } from "./store/tenant-store.ts";
import type { TenantMetrics } from "./tenant-metrics.ts";
import type { TenantRow } from "./tenant.ts";

export interface ReconcilerSettings extends AdmissionSettings, DecideSettings {
  /** How many tenants are worked on at once. */
  parallel: number;
  /** Units: milliseconds that a tenant is left alone after a step of it failed. */
  coolDownMs: number;
}

export interface ReconcilerParts {
  store: Pick<TenantStore, "all" | "admit">;
  box: TenantBox;
  steps: Steps;
  leases: Leases;
  epoch: number;
  clock: Clock;
  steady: Clock;
  log: Log;
  metrics: TenantMetrics;
  settings: ReconcilerSettings;
  /** Called with the id of each tenant after a step of it of which something may have come. */
  onStep: (id: string) => void;
}

/**
 * Brings all tenants to what they shall be, level by level: each round looks at Docker and at the rows and begins the next step of each tenant.
 * What happened before, in this process or in one that was killed, plays no part.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #restUntil = new Map<string, number>();

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  isBusy(id: string): boolean {
    return this.#busy.has(id);
  }

  /** Returns whether something is under way, so that another look is due soon. */
  async round(): Promise<boolean> {
    const { store, box, leases, metrics } = this.#parts;
    // Of those that are worked on just now, Docker's listing and the row may be of different moments.
    const busy = new Set(this.#busy.keys());
    const containers = new Map((await box.list()).map((state) => [state.id, state]));
    const rows = await store.all();
    metrics.seen(rows);
    leases.takeEnded();
    this.#clearOrphans(containers, rows, busy);
    const waiting: TenantRow[] = [];
    let moving = busy.size > 0;
    for (const row of rows) {
      if (busy.has(row.id) || this.#rests(row.id)) continue;
      const step = this.#decide(row, containers.get(row.id));
      if (step.do === "queue") waiting.push(row);
      else if (step.do !== "nothing") this.#begin(row, step);
      moving ||= step.do !== "nothing" && step.do !== "queue";
    }
    // Those that wait are looked at again when something has ended, and now and then, for others become idle.
    const placed = await this.#admit(rows, waiting);
    return moving || placed || this.#busy.size > 0;
  }

  /** Resolves when every step that was begun has ended. */
  async settled(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy.values());
  }

  #decide(row: TenantRow, box: BoxState | undefined): Step {
    const { leases, clock, settings } = this.#parts;
    return decide({ row, box, leased: leases.isLive(row.id), now: clock.now() }, settings);
  }

  #rests(id: string): boolean {
    return (this.#restUntil.get(id) ?? 0) > this.#parts.steady.now();
  }

  #begin(row: TenantRow, step: Step): void {
    if (this.#busy.size >= this.#parts.settings.parallel) return;
    this.#run(row.id, step.do, () => this.#parts.steps.take(row, step));
  }

  #run(id: string, what: string, action: () => Promise<boolean>): void {
    const { log, onStep, steady, settings } = this.#parts;
    const work = async () => {
      let isDone = true;
      try {
        isDone = await action();
        this.#restUntil.delete(id);
      } catch (error) {
        this.#restUntil.set(id, steady.now() + settings.coolDownMs);
        log.warn("tenant.step-failed", { tenantId: id, step: what, error });
      } finally {
        this.#busy.delete(id);
        if (isDone) onStep(id);
      }
    };
    this.#busy.set(id, Promise.resolve().then(work));
  }

  /** A container whose tenant is not known, or removed, belongs to nobody. */
  #clearOrphans(containers: ReadonlyMap<string, BoxState>, rows: readonly TenantRow[], busy: ReadonlySet<string>): void {
    const known = new Set(rows.map(({ id }) => id));
    for (const id of containers.keys())
      if (!known.has(id) && !busy.has(id) && !this.#rests(id) && !this.#parts.leases.isLive(id) && this.#busy.size < this.#parts.settings.parallel)
        this.#run(id, "remove-orphan", async () => {
          this.#parts.log.warn("tenant.orphan-removed", { tenantId: id });
          await this.#parts.box.stop(id, 0);
          return true;
        });
  }

  async #admit(rows: readonly TenantRow[], waiting: readonly TenantRow[]): Promise<boolean> {
    const { store, steps, clock, epoch, settings, onStep, log, metrics } = this.#parts;
    const { admit, evict } = planAdmission(rows, waiting, { ...settings, now: clock.now() });
    for (const { id, stateAt } of admit) {
      const admitted = await store.admit(id, { totalMb: settings.totalMb, epoch, at: new Date(clock.now()) });
      if (admitted === undefined) break;
      metrics.waited(clock.now() - stateAt.getTime());
      log.info("tenant.admitted", { tenantId: id });
      onStep(id);
    }
    for (const { row, forWhom } of evict) if (!this.#busy.has(row.id)) this.#run(row.id, "evict", () => steps.evict(row, forWhom));
    return admit.length + evict.length > 0;
  }
}
