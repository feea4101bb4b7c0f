import type { Clock } from "@freehold/kernel/clock";
import type { Backups, RestoreRequest } from "./backups.ts";
import type { TenantStore } from "./store/tenant-store.ts";
import type { Tenants } from "./tenants.ts";

export interface CopiesParts {
  tenants: Tenants;
  backups: Backups;
  store: Pick<TenantStore, "change">;
  clock: Clock;
}

/** Backups and restores that people ask for; the backup service makes them. */
export class Copies {
  readonly #parts: CopiesParts;

  constructor(parts: CopiesParts) {
    this.#parts = parts;
  }

  async backUp(id: string, actor: string): Promise<unknown> {
    const { tenants, backups, store, clock } = this.#parts;
    await tenants.row(id);
    const made = await backups.make(id, actor);
    const at = new Date(clock.now());
    await store.change(id, { set: { lastBackupAt: at }, event: { at, actor, kind: "backed-up" } });
    return made;
  }

  /** Into a tenant that is not there yet, that one is made first, as large as the one whose files it gets. */
  async restore(id: string, request: RestoreRequest, actor: string): Promise<unknown> {
    const { tenants, backups, store, clock } = this.#parts;
    const into = request.into ?? id;
    if (into !== id) await this.#provide(into, id, actor);
    const begun = await backups.restore(id, request, actor);
    const event = { at: new Date(clock.now()), actor, kind: "restore-asked", detail: { from: id, at: request.at ?? null, snapshot: request.snapshot ?? null } };
    await store.change((await tenants.row(into)).id, { set: {}, event });
    return begun;
  }

  async #provide(into: string, from: string, actor: string): Promise<void> {
    const { tenants } = this.#parts;
    const { memoryMb, cpus, diskMb, internet, idleMinutes, image, people } = await tenants.row(from);
    const there = await tenants.row(into).catch(() => undefined);
    if (there !== undefined && there.state !== "removed") return;
    await tenants.provision({ id: into, memoryMb, cpus, diskMb, internet, idleMinutes, people, ...(image !== null && { image }) }, actor);
  }
}
