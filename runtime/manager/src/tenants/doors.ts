import type { Tenant, TenantState } from "@freehold/kernel/api/tenant";
import type { Clock } from "@freehold/kernel/clock";
import { fault } from "../errors.ts";
import type { TenantStore } from "./store/tenant-store.ts";
import { tenantId } from "./tenant-request.ts";
import type { TenantRow } from "./tenant.ts";
import type { Tenants } from "./tenants.ts";

/** What the entrance must know of a tenant before it lets anybody through. */
export interface Door {
  id: string;
  state: TenantState;
  /** Shape: `tenant-<id>:<port>`, as the entrance sees it. */
  upstream: string;
  people: string[];
  /** Shape: hexadecimal. */
  tokenHash: string;
}

export interface DoorsParts {
  store: TenantStore;
  tenants: Tenants;
  clock: Clock;
  domain: string;
  wake: () => void;
}

const openClawPort = 18_789;
/** Units: milliseconds. So long after its failure a visitor may have a failed tenant tried again. */
const failedRestMs = 10 * 60_000;

/** What visitors do: they ask for a host, wait until it is awake, and count as activity. */
export class Doors {
  readonly #parts: DoorsParts;

  constructor(parts: DoorsParts) {
    this.#parts = parts;
  }

  /** By the tenant's own name under the home's domain, by a domain of its own, or by its bare id. Throws: AppError `door.unknown`. */
  async find(host: string): Promise<Door> {
    const name = host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
    const row = await this.#rowOf(name);
    if (row === undefined || row.state === "removed") throw fault("door.unknown", `No tenant is at ${name.slice(0, 100)}.`);
    const { id, state, people, tokenHash } = row;
    return { id, state, upstream: `tenant-${id}:${openClawPort}`, people, tokenHash };
  }

  /** Throws: AppError `door.unknown`. */
  async ask(domain: string): Promise<void> {
    const row = await this.#parts.store.findByDomain(domain.toLowerCase());
    if (row === undefined || row.desired === "removed") throw fault("door.unknown", `${domain.slice(0, 100)} is no tenant's own name.`);
  }

  /** Wakes whoever may be woken by a visitor, and waits. Units: milliseconds. */
  async awake(id: string, waitMs: number): Promise<Tenant> {
    const row = await this.#parts.tenants.row(id);
    const now = this.#parts.clock.now();
    const mayTryAgain = row.state === "failed" && now - row.stateAt.getTime() >= failedRestMs;
    if (mayTryAgain) await this.#parts.tenants.start(id, "door", "wake");
    else if (row.desired === "asleep" || row.desired === "awake") await this.#touch(row);
    return this.#parts.tenants.awaitAwake(id, waitMs);
  }

  /** Somebody uses it: it does not fall asleep, but is not woken either. */
  async active(id: string): Promise<void> {
    const row = await this.#parts.tenants.row(id);
    if (row.state !== "removed") await this.#parts.store.change(id, { set: { lastActiveAt: new Date(this.#parts.clock.now()) } });
  }

  async #touch(row: TenantRow): Promise<void> {
    const at = new Date(this.#parts.clock.now());
    const woken = row.desired === "asleep" ? { event: { at, actor: "door", kind: "wake" } } : {};
    // A wish that came between is stronger: who was stopped meanwhile stays so.
    await this.#parts.store.change(row.id, { set: { lastActiveAt: at, desired: "awake" }, where: { desired: row.desired }, ...woken });
    this.#parts.wake();
  }

  async #rowOf(name: string): Promise<TenantRow | undefined> {
    const { store, domain } = this.#parts;
    const label = name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : name;
    if (tenantId.safeParse(label).success) return store.find(label);
    return store.findByDomain(name);
  }
}
