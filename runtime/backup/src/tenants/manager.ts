import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Secret } from "@freehold/kernel/secret";
import { z } from "zod";
import { backupError } from "../errors.ts";
import { isTenantId } from "./tenant-id.ts";

/** What a backup needs to know of a tenant. */
const tenantSchema = z.object({ id: z.string(), state: z.string(), readyAt: z.string().nullish() });
const listSchema = z.object({ tenants: z.array(tenantSchema), nextCursor: z.string().nullish() });
const frozenSchema = z.object({ lease: z.string(), frozen: z.boolean() });
const thawedSchema = z.object({ pausedMs: z.number().nonnegative() });
const drillSchema = z.object({ ready: z.boolean(), problem: z.string().nullish() });

export type Tenant = z.output<typeof tenantSchema>;
export type Frozen = z.output<typeof frozenSchema>;
export type Thawed = z.output<typeof thawedSchema>;
export type DrillAnswer = z.output<typeof drillSchema>;

export interface ManagerSettings {
  url: string;
  token: Secret;
  /** Replaceable, so that tests can cut it off. */
  fetch?: typeof globalThis.fetch;
}

const answerWithinMs = 20_000;
/** A restored home is handed over while the tenant stops and starts again. */
const handOverWithinMs = 180_000;

/** The manager's side of backups. Throws: AppErrors `backup.manager-away`, `backup.manager-refused`, `backup.unknown-tenant`. */
export class Manager {
  readonly #settings: ManagerSettings;

  constructor(settings: ManagerSettings) {
    this.#settings = settings;
  }

  /** All tenants whose homes may still be needed. */
  async list(): Promise<Tenant[]> {
    const found: Tenant[] = [];
    for (let cursor: string | undefined; ;) {
      const query = new URLSearchParams({ limit: "100", ...(cursor === undefined ? {} : { cursor }) });
      const page = await this.#ask("GET", `/tenants?${query.toString()}`, listSchema);
      found.push(...page.tenants.filter(({ id, state }) => isTenantId(id) && state !== "removed"));
      if (!page.nextCursor || page.nextCursor === cursor) return found;
      cursor = page.nextCursor;
    }
  }

  /** Undefined when there is no such tenant. */
  async find(id: string): Promise<Tenant | undefined> {
    try {
      return await this.#ask("GET", `/tenants/${id}`, tenantSchema);
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === "backup.unknown-tenant") return undefined;
      throw thrown;
    }
  }

  /** Makes a tenant that does not run yet, for a home to be restored into. */
  async create(id: string): Promise<void> {
    await this.#ask("POST", "/tenants", z.unknown(), { body: { id } });
  }

  /** Holds all processes of a tenant still, at most for the lease. */
  freeze(id: string, leaseMs: number): Promise<Frozen> {
    return this.#ask("POST", `/tenants/${id}/freeze`, frozenSchema, { body: { leaseMs } });
  }

  /** Lets it go on. Undefined when it was no longer held: the lease had run out, or the manager was started anew meanwhile. */
  async thaw(id: string, lease: string): Promise<Thawed | undefined> {
    try {
      return await this.#ask("POST", `/tenants/${id}/thaw`, thawedSchema, { body: { lease } });
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code !== "backup.manager-away") return undefined;
      throw thrown;
    }
  }

  /** Tells from when the newest snapshot of a tenant is. Shape: ISO 8601, UTC. */
  async backedUp(id: string, at: string): Promise<void> {
    await this.#ask("POST", `/tenants/${id}/backed-up`, z.unknown(), { body: { at } });
  }

  /** Gives a checked home over; the folder is relative to the tenants volume. */
  async restored(id: string, folder: string): Promise<void> {
    await this.#ask("POST", `/tenants/${id}/restored`, z.unknown(), { body: { folder }, withinMs: handOverWithinMs });
  }

  /** Starts a restored home in a scratch tenant without a network. Undefined when this manager can't. */
  async drill(folder: string): Promise<DrillAnswer | undefined> {
    try {
      return await this.#ask("POST", "/drills", drillSchema, { body: { folder }, withinMs: handOverWithinMs });
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === "backup.unknown-tenant") return undefined;
      throw thrown;
    }
  }

  async #ask<T extends z.ZodType>(method: string, path: string, schema: T, how: { body?: unknown; withinMs?: number } = {}): Promise<z.output<T>> {
    const { status, text } = await this.#send(method, path, how);
    if (status === 404) throw backupError("backup.unknown-tenant", `The manager knows nothing at ${path}: ${detailIn(text)}`);
    if (status === 409) throw backupError("backup.busy", `The manager is not free for ${method} ${path}: ${detailIn(text)}`);
    if (status >= 500) throw backupError("backup.manager-away", `The manager could not answer ${method} ${path} (${status}): ${detailIn(text)}`);
    if (status >= 400) throw backupError("backup.manager-refused", `The manager refused ${method} ${path} (${status}): ${detailIn(text)}`);
    const parsed = schema.safeParse(jsonIn(text));
    if (parsed.success) return parsed.data;
    throw backupError("backup.manager-refused", `The manager answered ${method} ${path} with something unexpected: ${text.slice(0, 200)}`);
  }

  async #send(method: string, path: string, { body, withinMs = answerWithinMs }: { body?: unknown; withinMs?: number }) {
    const { url, token, fetch = globalThis.fetch } = this.#settings;
    const headers = { authorization: `Bearer ${token.reveal()}`, "content-type": "application/json", "x-freehold-actor": "backup" };
    try {
      const request = { method, headers, signal: AbortSignal.timeout(withinMs), ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await fetch(`${url}${path}`, request);
      return { status: response.status, text: await response.text() };
    } catch (cause) {
      throw backupError("backup.manager-away", `The manager does not answer ${method} ${path}: ${messageOf(cause)}.`, { cause });
    }
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text || "null");
  } catch {
    return undefined;
  }
}

const detailIn = (text: string): string => (jsonIn(text) as { detail?: string } | undefined)?.detail ?? text.slice(0, 200);
