import { randomBytes } from "node:crypto";
import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Tenants } from "./tenants.ts";

/** How a restored home started. */
export interface DrillResult {
  ready: boolean;
  /** Why it is not ready. */
  problem: string | null;
  /** Units: milliseconds from the folder to a page that answers. */
  ms: number;
}

export interface DrillsParts {
  tenants: Tenants;
  clock: Clock;
  log: Log;
  /** Units: milliseconds until a drill is given up. */
  longestMs: number;
}

/** Proves that a backup can be lived from: starts a restored home in a tenant of its own, without a way to the Internet or to any model, and removes it. */
export class Drills {
  readonly #parts: DrillsParts;

  constructor(parts: DrillsParts) {
    this.#parts = parts;
  }

  async run(folder: string, actor: string): Promise<DrillResult> {
    const { tenants, clock, log, longestMs } = this.#parts;
    const id = `drill-${randomBytes(6).toString("hex")}`;
    const startedAt = clock.now();
    const leftMs = () => Math.max(0, startedAt + longestMs - clock.now());
    await tenants.provision({ id, internet: false, budget: { dailyUsd: 0, monthlyUsd: 0 } }, actor, { scratch: true });
    try {
      const restored = await tenants.restored(id, folder, actor, leftMs());
      if (restored.problem === null) await tenants.start(id, actor);
      const { state, problem } = restored.problem === null ? await tenants.awaitAwake(id, leftMs()) : restored;
      const ready = state === "awake";
      const result = { ready, problem: ready ? null : (problem?.message ?? `It was still ${state} after ${longestMs} ms.`), ms: clock.now() - startedAt };
      log.info("drill.ended", { tenantId: id, ...result });
      return result;
    } finally {
      await tenants.remove(id, { graceDays: 0, backup: false }, actor);
    }
  }
}
