import type { ListedEvent, Tenant } from "../../../runtime/kernel/src/api/tenant.ts";
import { harmless } from "../jobs/log-text.ts";

/** A list of tenants, one a line. */
export function renderTenants(tenants: readonly Tenant[]): string {
  if (tenants.length === 0) return "No tenant. Make one: npm run freehold -- tenants add anna";
  const widths = { id: Math.max(...tenants.map(({ id }) => id.length)), state: Math.max(...tenants.map(({ state }) => state.length)) };
  return tenants
    .map(({ id, state, memoryMb, usage, problem, people }) => {
      const memory = `${usage?.memoryMb ?? 0}/${memoryMb} MB`;
      const line = `${id.padEnd(widths.id)}  ${state.padEnd(widths.state)}  ${memory.padStart(12)}  ${people.join(", ")}`;
      return harmless(problem === null ? line.trimEnd() : `${line}  ${problem.code}`);
    })
    .join("\n");
}

const dollars = (value: number | null) => (value === null ? "no limit" : `$${value}`);

/** A tenant in full. */
export function renderTenant(tenant: Tenant, origin?: string): string {
  const { usage, budget } = tenant;
  const lines: [string, string | null][] = [
    ["Tenant", tenant.id],
    ["Name", tenant.name],
    ["State", tenant.state === tenant.desired ? tenant.state : `${tenant.state}, shall be ${tenant.desired}`],
    ["Page", origin ?? null],
    ["People", tenant.people.length === 0 ? "the owner alone" : tenant.people.join(", ")],
    ["Domains", tenant.domains.length === 0 ? null : tenant.domains.join(", ")],
    ["Image", tenant.image],
    ["Memory", `${usage?.memoryMb ?? 0} of ${tenant.memoryMb} MB`],
    ["CPUs", String(tenant.cpus)],
    ["Disk", `${usage?.diskMb ?? 0} of ${tenant.diskMb} MB`],
    ["Internet", tenant.internet ? "yes" : "no"],
    ["Asleep", tenant.idleMinutes === 0 ? "never by itself" : `after ${tenant.idleMinutes} minutes`],
    ["Budget", `${dollars(budget.dailyUsd)} a day, ${dollars(budget.monthlyUsd)} a month`],
    ["Created", tenant.createdAt],
    ["Last used", tenant.lastActiveAt],
    ["Backed up", tenant.lastBackupAt],
    ["Removed at", tenant.removeAt],
    ["Problem", tenant.problem === null ? null : `${tenant.problem.code}: ${tenant.problem.message}`],
  ];
  return harmless(lines.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(10)}  ${value}`])).join("\n"));
}

/** What happened to a tenant, oldest first. */
export const renderEvents = (events: readonly ListedEvent[]): string =>
  harmless(
    events
      .toReversed()
      .map(({ at, actor, kind, detail }) => `${at}  ${actor}  ${kind}${Object.keys(detail).length === 0 ? "" : `  ${JSON.stringify(detail)}`}`)
      .join("\n"),
  );
