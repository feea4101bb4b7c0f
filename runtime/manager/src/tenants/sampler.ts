import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import { Loop } from "@freehold/kernel/loop";
import type { TenantBox } from "../box/tenant-box.ts";
import type { TenantStore } from "./store/tenant-store.ts";
import type { TenantRow } from "./tenant.ts";

export interface SamplerParts {
  store: Pick<TenantStore, "all" | "change">;
  box: TenantBox;
  clock: Clock;
  log: Log;
  leads: () => boolean;
  wake: () => void;
}

const asleep = { memoryMb: 0, cpuPercent: 0 };
/** Rounds between two looks at the files of those that are awake, each of which costs a container and a walk, and of all. */
const disksEvery = 2;
const allEvery = 60;

/** Measures what tenants take, and stops one whose files have outgrown its disk. */
export class Sampler {
  readonly #parts: SamplerParts;
  readonly #loop: Loop;
  #round = 0;

  constructor(parts: SamplerParts, everyMs: number) {
    this.#parts = parts;
    this.#loop = new Loop({ everyMs, action: () => this.round(), onError: (error) => parts.log.warn("tenants.sample-failed", { error }) });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async round(): Promise<void> {
    const { store, box, leads } = this.#parts;
    if (!leads()) return;
    const round = this.#round++;
    const all = round % allEvery === 0;
    const rows = (await store.all()).filter((row) => all || row.state === "awake" || (row.usage?.memoryMb ?? 0) > 0);
    const disks = rows.length > 0 && round % disksEvery === 0 ? await box.disks(rows.map(({ id }) => id)) : new Map<string, number>();
    for (const row of rows) await this.#sample(row, disks.get(row.id) ?? row.usage?.diskMb ?? 0);
    if (all) await box.tidy();
  }

  async #sample(row: TenantRow, diskMb: number): Promise<void> {
    const { store, box, clock, log, wake } = this.#parts;
    const { memoryMb, cpuPercent } = row.state === "awake" ? await box.usage(row.id).catch(() => asleep) : asleep;
    await store.change(row.id, { set: { usage: { memoryMb, cpuPercent, diskMb } }, where: { state: row.state } });
    if (diskMb <= row.diskMb || row.state !== "awake") return;
    const message = `Its files take ${diskMb} MB of ${row.diskMb} MB, so it was stopped. Give it a larger disk by a resize, then start it.`;
    const set = { desired: "stopped", problemCode: "tenant.disk-full", problemMessage: message } as const;
    const event = { at: new Date(clock.now()), actor: "manager", kind: "disk-full", detail: { diskMb, limitMb: row.diskMb } };
    await store.change(row.id, { set, where: { state: "awake", desired: "awake", diskMb: row.diskMb }, event });
    log.warn("tenant.disk-full", { tenantId: row.id, diskMb });
    wake();
  }
}
