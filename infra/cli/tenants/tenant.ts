import { setTimeout as delay } from "node:timers/promises";
import type { ListedEvent, Tenant, TenantPage } from "../../../runtime/kernel/src/api/tenant.ts";
import { Failure } from "../failure.ts";
import type { HomeClient } from "../home-client.ts";
import { patiently } from "../jobs/job.ts";

/** The path of a tenant's routes. Throws: Failure for what can't be an id, so that no other path is ever asked. */
export function pathOf(id: string, what = ""): string {
  if (/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/.test(id)) return `/api/tenants/${id}${what}`;
  throw new Failure(`"${id}" is no id of a tenant.`, "Take one from `npm run freehold -- tenants ls`: 2 to 32 lower-case letters, digits and dashes.");
}

/** Every tenant, however many pages there are. */
export async function allTenants(home: HomeClient, state?: string): Promise<Tenant[]> {
  const found: Tenant[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query = new URLSearchParams({ ...(state !== undefined && { state }), ...(cursor !== "" && { cursor }) });
    const page: TenantPage = await home.get(`/api/tenants?${query.toString()}`);
    found.push(...page.tenants);
    cursor = page.nextCursor;
  }
  return found;
}

const hopeless = ["failed", "removed"];

/** Waits until a tenant is as wanted, or will not become so; tells each new state. */
export async function untilState(home: HomeClient, id: string, met: (tenant: Tenant) => boolean, onState: (state: string) => void): Promise<Tenant> {
  for (let state = ""; ; await delay(500)) {
    const tenant = await patiently(() => home.get<Tenant>(pathOf(id)));
    if (tenant.state !== state) onState(tenant.state);
    state = tenant.state;
    if (met(tenant) || hopeless.includes(state)) return tenant;
  }
}

/** Waits until a restored home is in its place. Throws: Failure when it could not be put there. */
export async function untilRestored(home: HomeClient, id: string, sinceEvent: number): Promise<void> {
  for (;;) {
    const { events } = await patiently(() => home.get<{ events: ListedEvent[] }>(pathOf(id, "/events")));
    const ended = events.find((event) => event.id > sinceEvent && ["home-swapped", "restore-failed"].includes(event.kind));
    if (ended?.kind === "home-swapped") return;
    if (ended !== undefined) throw new Failure(`${id} was not restored; its home is as it was.`, `Look at \`npm run freehold -- tenants show ${id}\`.`);
    await delay(1_000);
  }
}

/** The newest event's id, before something new is asked for. */
export async function newestEvent(home: HomeClient, id: string): Promise<number> {
  const { events } = await home.get<{ events: ListedEvent[] }>(pathOf(id, "/events?limit=1"));
  return events[0]?.id ?? 0;
}
