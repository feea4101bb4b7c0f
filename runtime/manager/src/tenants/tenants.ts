import type { Tenant, TenantState } from "@freehold/kernel/api/tenant";
import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Sealer } from "@freehold/kernel/sealing";
import { fault } from "../errors.ts";
import { subnetCount, type TenantPlace } from "./box-plan.ts";
import { newToken, sha256, tokenContext } from "./secrets.ts";
import { noProblem } from "./steps.ts";
import type { Fields } from "./store/rows.ts";
import type { Change, TenantStore } from "./store/tenant-store.ts";
import type { TenantChange, TenantRequest } from "./tenant-request.ts";
import { viewOf, type TenantRow } from "./tenant.ts";
import type { Waiters } from "./waiters.ts";

/** What a tenant has where its maker says nothing. Units: MB, minutes. */
export interface TenantDefaults {
  memoryMb: number;
  cpus: number;
  diskMb: number;
  idleMinutes: number;
  internet: boolean;
}

export interface TenantsParts {
  store: TenantStore;
  sealer: Sealer;
  place: TenantPlace;
  defaults: TenantDefaults;
  /** Units: MB, of all that are awake. */
  totalMb: number;
  clock: Clock;
  log: Log;
  waiters: Waiters;
  /** Begins the next round now. */
  wake: () => void;
}

const dayMs = 24 * 60 * 60_000;
/** Units: milliseconds. A row is looked at again after so long, for a step that another manager took. */
const lookEveryMs = 500;

/** What people ask of tenants: changes of what shall be, never of what is. */
export class Tenants {
  readonly #parts: TenantsParts;

  constructor(parts: TenantsParts) {
    this.#parts = parts;
  }

  async list(filter: {
    state?: TenantState | undefined;
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ tenants: Tenant[]; nextCursor: string | null }> {
    const { state, cursor, limit } = filter;
    const rows = await this.#parts.store.list({ states: state === undefined ? undefined : [state], after: cursor, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    return { tenants: shown.map(this.view), nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
  }

  /** Throws: AppError `tenant.unknown`. */
  async row(id: string): Promise<TenantRow> {
    const row = await this.#parts.store.find(id);
    if (row === undefined) throw fault("tenant.unknown", `There is no tenant ${id}; GET /tenants lists them.`);
    return row;
  }

  async get(id: string): Promise<Tenant> {
    return this.view(await this.row(id));
  }

  /** Makes a tenant, with its token, which is shown only now; asked for again with the same wishes, it is as it was. */
  async provision(request: TenantRequest, actor: string, { scratch = false } = {}): Promise<{ tenant: Tenant; token: string | null }> {
    const { store, sealer, place } = this.#parts;
    const { id } = request;
    const token = newToken();
    const fields: Fields & { id: string } = {
      id,
      ...this.#fieldsOf({ name: request.name ?? id, people: [], ...request }),
      image: request.image ?? null,
      scratch,
      state: "provisioning",
      stateAt: this.#now(),
      desired: "asleep",
      createdAt: this.#now(),
      tokenHash: sha256(token),
      tokenSealed: sealer.seal(token, tokenContext(id)),
    };
    const event = { at: this.#now(), actor, kind: "provisioned" };
    const made = await store.insert(fields, { domains: request.domains ?? [], subnets: subnetCount(place.subnets), event });
    if (made !== undefined) {
      this.#noted(id, event);
      return { tenant: this.view(made), token };
    }
    const row = await this.row(id);
    if (!sameWishes(row, request)) throw fault("tenant.exists", `There is a tenant ${id} already, with other settings. Change it by PATCH /tenants/${id}.`);
    return { tenant: this.view(row), token: null };
  }

  async change(id: string, change: TenantChange, actor: string): Promise<Tenant> {
    const row = await this.#here(id);
    const wanted = this.#fieldsOf(change, {});
    const anew = needsNewContainer(row, wanted, change.domains);
    const budget = change.budget === undefined ? {} : { keyStale: row.keyId !== null };
    const set: Fields = { ...wanted, ...budget, ...(anew ? { generation: row.generation + 1 } : {}) };
    const where = { generation: row.generation };
    const detail = { fields: Object.keys(change), restarts: anew };
    return this.#changed(row, { set, where, ...(change.domains && { domains: change.domains }), event: this.#event(actor, "changed", detail) });
  }

  async start(id: string, actor: string, kind: "start" | "wake" = "start"): Promise<Tenant> {
    const row = await this.#here(id);
    return this.#changed(row, { set: { desired: "awake", ...this.#fresh(row) }, event: this.#event(actor, kind) });
  }

  async stop(id: string, actor: string): Promise<Tenant> {
    return this.#changed(await this.#here(id), { set: { desired: "stopped" }, event: this.#event(actor, "stop") });
  }

  async hibernate(id: string, actor: string): Promise<Tenant> {
    return this.#changed(await this.#here(id), { set: { desired: "asleep" }, event: this.#event(actor, "hibernate") });
  }

  async restart(id: string, actor: string): Promise<Tenant> {
    const row = await this.#here(id);
    return this.#changed(row, { set: { desired: "awake", generation: row.generation + 1, ...this.#fresh(row) }, event: this.#event(actor, "restart") });
  }

  /** Null for the home's own image. */
  async setImage(id: string, image: string | null, actor: string): Promise<Tenant> {
    const row = await this.#here(id);
    if (row.image === image) return this.view(row);
    const set: Fields = { image, generation: row.generation + 1, ...this.#fresh(row) };
    return this.#changed(row, { set, event: this.#event(actor, "image", { from: row.image, to: image }) });
  }

  async newToken(id: string, actor: string): Promise<string> {
    const row = await this.#here(id);
    const token = newToken();
    const set: Fields = {
      tokenHash: sha256(token),
      tokenSealed: this.#parts.sealer.seal(token, tokenContext(id)),
      generation: row.generation + 1,
    };
    await this.#changed(row, { set, event: this.#event(actor, "token") });
    return token;
  }

  async remove(id: string, { graceDays, backup }: { graceDays: number; backup: boolean }, actor: string): Promise<Tenant> {
    const row = await this.row(id);
    if (row.state === "removed") return this.view(row);
    const removeAt = new Date(this.#parts.clock.now() + graceDays * dayMs);
    const finalBackup = row.finalBackup === "done" ? "done" : backup ? "wanted" : "none";
    const keptDesired = row.desired === "removed" ? row.keptDesired : row.desired;
    const set: Fields = { desired: "removed", keptDesired, removeAt, finalBackup, nextTryAt: null };
    return this.#changed(row, { set, event: this.#event(actor, "remove", { removeAt: removeAt.toISOString(), backup }) });
  }

  /** Undoes a removal. Throws: AppError `tenant.not-removing`. */
  async keep(id: string, actor: string): Promise<Tenant> {
    const row = await this.row(id);
    if (row.desired !== "removed" || row.state === "removed") throw fault("tenant.not-removing", `${id} is not being removed; it is ${row.state}.`);
    const desired = row.keptDesired === "stopped" ? "stopped" : "asleep";
    const set: Fields = { desired, keptDesired: null, removeAt: null, finalBackup: "none", nextTryAt: null };
    return this.#changed(row, { set, where: { desired: "removed", state: row.state }, event: this.#event(actor, "keep") });
  }

  /** Hands a restored folder over; answers when it is in its place, or after a while with the state that it is in. */
  async restored(id: string, folder: string, actor: string, waitMs = 30_000): Promise<Tenant> {
    const row = await this.#here(id);
    const set: Fields = { restoreFolder: folder, nextTryAt: null };
    if (row.restoreFolder !== folder) await this.#changed(row, { set, event: this.#event(actor, "restored", { folder }) });
    return this.view(await this.#until(id, waitMs, (now) => now.restoreFolder === null));
  }

  async backedUp(id: string, at: Date, actor: string): Promise<void> {
    const row = await this.row(id);
    const newer = row.lastBackupAt === null || row.lastBackupAt < at;
    const event = this.#event(actor, "backup-noted", { of: at.toISOString() });
    await this.#parts.store.change(id, { set: newer ? { lastBackupAt: at } : {}, event });
  }

  /** What was done with a tenant without a change of its row. Nobody waits for the line: the database must not make a pause longer. */
  note(id: string, actor: string, kind: string, detail: Record<string, unknown>): void {
    const { store, log } = this.#parts;
    store
      .change(id, { set: {}, event: this.#event(actor, kind, detail) })
      .catch((error: unknown) => log.warn("tenant.event-lost", { tenantId: id, kind, error }));
  }

  /** Waits until the tenant is awake, or can't become so, or the time is over. Units: milliseconds. */
  async awaitAwake(id: string, waitMs: number): Promise<Tenant> {
    const over: readonly TenantState[] = ["awake", "stopped", "failed", "removing", "removed"];
    return this.view(await this.#until(id, waitMs, (row) => over.includes(row.state) && !(row.desired === "awake" && row.state === "stopped")));
  }

  readonly view = (row: TenantRow): Tenant => viewOf(row, this.#parts.place.image);

  async #until(id: string, waitMs: number, met: (row: TenantRow) => boolean): Promise<TenantRow> {
    const { clock, waiters } = this.#parts;
    const endsAt = clock.now() + waitMs;
    for (;;) {
      const row = await this.row(id);
      const leftMs = endsAt - clock.now();
      if (met(row) || leftMs <= 0) return row;
      await waiters.next(id, Math.min(lookEveryMs, leftMs));
    }
  }

  /** Throws: AppError `tenant.unknown`, `tenant.removing`. */
  async #here(id: string): Promise<TenantRow> {
    const row = await this.row(id);
    if (row.state === "removed") throw fault("tenant.unknown", `The tenant ${id} was removed; make it anew by POST /tenants.`);
    if (row.desired === "removed") throw fault("tenant.removing", `${id} is being removed; undo that by POST /tenants/${id}/keep.`);
    return row;
  }

  /** A person's wish counts as activity, and whoever had failed is tried again. */
  #fresh(row: TenantRow): Fields {
    const again: Fields = row.state === "failed" ? { state: "waiting", stateAt: this.#now() } : {};
    return { lastActiveAt: this.#now(), deaths: [], nextTryAt: null, ...noProblem, ...again };
  }

  /** Throws: AppError `tenant.too-large`, `tenant.domain-taken`. */
  #fieldsOf(change: TenantChange, defaults: Partial<TenantDefaults> = this.#parts.defaults): Fields {
    const { budget, domains = [], name, people, memoryMb, cpus, diskMb, internet, idleMinutes } = change;
    const home = this.#parts.place.domain;
    const own = domains.find((domain) => domain === home || domain.endsWith(`.${home}`));
    if (own !== undefined) throw fault("tenant.domain-taken", `The name ${own} is the home's own; a tenant has its page at <id>.${home} already.`);
    const given = { name, people, memoryMb, cpus, diskMb, internet, idleMinutes };
    const fields: Fields = { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
    if ((fields.memoryMb ?? 0) > this.#parts.totalMb)
      throw fault(
        "tenant.too-large",
        `${fields.memoryMb} MB are more than all awake tenants may take together (${this.#parts.totalMb} MB). Ask for less, or raise TENANTS_MEMORY_MB.`,
      );
    return budget === undefined ? fields : { ...fields, ...budget };
  }

  async #changed(row: TenantRow, change: Change): Promise<Tenant> {
    const changed = await this.#parts.store.change(row.id, change);
    if (changed === undefined) throw fault("tenant.busy", `${row.id} was changed by somebody else just now; ask again.`);
    if (change.event !== undefined) this.#noted(row.id, change.event);
    return this.view(changed);
  }

  #noted(id: string, { actor, kind, detail }: { actor: string; kind: string; detail?: Record<string, unknown> }): void {
    this.#parts.log.info(`tenant.${kind}`, { tenantId: id, actor, ...detail });
    this.#parts.wake();
  }

  readonly #now = () => new Date(this.#parts.clock.now());
  readonly #event = (actor: string, kind: string, detail?: Record<string, unknown>) => ({ at: this.#now(), actor, kind, ...(detail && { detail }) });
}

const same = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right);

/** Whether each wish is fulfilled already; what is left out is no wish. */
function sameWishes(row: TenantRow, { budget, domains, ...request }: TenantRequest): boolean {
  if (row.desired === "removed") return false;
  const budgetSame = budget === undefined || (budget.dailyUsd === row.dailyUsd && budget.monthlyUsd === row.monthlyUsd);
  const domainsSame = domains === undefined || same(domains.toSorted(), row.domains);
  return budgetSame && domainsSame && Object.entries(request).every(([name, value]) => value === undefined || same(row[name as keyof TenantRow], value));
}

/** What a container is made with; all else changes while it runs. */
function needsNewContainer(row: TenantRow, wanted: Fields, domains: readonly string[] | undefined): boolean {
  const differs = (["memoryMb", "cpus", "internet", "diskMb"] as const).some((name) => wanted[name] !== undefined && wanted[name] !== row[name]);
  return differs || (domains !== undefined && !same(domains.toSorted(), row.domains));
}
