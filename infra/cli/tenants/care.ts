import type { Command } from "commander";
import type { Finding, ListedEvent, Tenant, TenantUsage } from "../../../runtime/kernel/src/api/tenant.ts";
import type { CommandContext } from "../command-context.ts";
import { Failure } from "../failure.ts";
import { numberOf } from "../jobs/job-request.ts";
import { harmless } from "../jobs/log-text.ts";
import { renderEvents, renderTenant } from "./table.ts";
import { newestEvent, pathOf, untilRestored } from "./tenant.ts";

const tenantArgument = "id of the tenant";

/** What keeps a tenant well: looking into it, its image, its backups. */
export function addCare(tenants: Command, context: CommandContext): void {
  addLooking(tenants, context);
  addCopies(tenants, context);
}

function addLooking(tenants: Command, { withHome, say, exit }: CommandContext): void {
  tenants
    .command("events")
    .argument("<tenant>", tenantArgument)
    .description("who did what with a tenant")
    .option("--limit <number>", "how many at most", numberOf, 50)
    .action((id: string, { limit }: { limit: number }) =>
      withHome(async (home) => say(renderEvents((await home.get<{ events: ListedEvent[] }>(pathOf(id, `/events?limit=${limit}`))).events))),
    );
  tenants
    .command("usage")
    .argument("<tenant>", tenantArgument)
    .description("what a tenant takes of the machine and of the models")
    .action((id: string) => withHome(async (home) => say(renderUsage(await home.get<TenantUsage>(pathOf(id, "/usage"))))));
  tenants
    .command("doctor")
    .argument("<tenant>", tenantArgument)
    .description("what is wrong with a tenant's container, seen from outside; ends with 3 if anything critical is")
    .action((id: string) =>
      withHome(async (home) => {
        const { findings } = await home.get<{ findings: Finding[] }>(pathOf(id, "/diagnostics"));
        say(findings.length === 0 ? "Nothing is wrong." : findings.map(({ severity, what, cure }) => harmless(`${severity}: ${what}\n  ${cure}`)).join("\n"));
        if (findings.some(({ severity }) => severity === "critical")) exit(3);
      }),
    );
  tenants
    .command("image")
    .argument("<tenant>", tenantArgument)
    .argument("[image]", "the image's name; without it the home's own")
    .description("move a tenant to another image; it goes back by itself when that does not become ready")
    .action((id: string, image: string | undefined) =>
      withHome(async (home) => say(renderTenant(await home.post<Tenant>(pathOf(id, "/image"), { image: image ?? null })))),
    );
  tenants
    .command("token")
    .argument("<tenant>", tenantArgument)
    .description("give a tenant a new token; the old one opens nothing any more")
    .action((id: string) => withHome(async (home) => say((await home.post<{ token: string }>(pathOf(id, "/token"), {})).token)));
}

function addCopies(tenants: Command, { withHome, say, note }: CommandContext): void {
  tenants
    .command("backup")
    .argument("<tenant>", tenantArgument)
    .description("back a tenant up now")
    .action((id: string) => withHome(async (home) => say(JSON.stringify(await home.post(pathOf(id, "/backup"), {}), null, 2))));
  tenants
    .command("restore")
    .argument("<tenant>", tenantArgument)
    .argument("[when]", "a day such as 2026-11-20, a time, or a snapshot's id; without it the newest backup")
    .description("bring a tenant's files back, and wait until they are in their place")
    .option("--into <tenant>", "into another tenant, which is made if there is none")
    .action((id: string, when: string | undefined, { into }: { into?: string }) =>
      withHome(async (home) => {
        const target = into ?? id;
        pathOf(target);
        const moment = momentOf(when);
        const since = into === undefined ? await newestEvent(home, target) : 0;
        await home.post(pathOf(id, "/restore"), { ...moment, ...(into !== undefined && { into }) });
        note(`${target} is being restored.`);
        await untilRestored(home, target, since);
        say(`${target} has its files of ${when ?? "the newest backup"} back.`);
      }),
    );
}

/** Throws: Failure for what is neither. */
function momentOf(when: string | undefined): { at?: string; snapshot?: string } {
  if (when === undefined) return {};
  if (/^[0-9a-f]{8,64}$/.test(when)) return { snapshot: when };
  if (/^\d{4}-\d{2}-\d{2}([T ].+)?$/.test(when) && !Number.isNaN(Date.parse(when))) return { at: when.length === 10 ? when : new Date(when).toISOString() };
  throw new Failure(
    `"${when}" is neither a day, nor a time, nor a snapshot.`,
    "Write 2026-11-20, 2026-11-20T14:00Z, or an id from `npm run freehold -- backup ls`.",
  );
}

function renderUsage({ memoryMb, memoryLimitMb, cpuPercent, diskMb, diskLimitMb, models }: TenantUsage): string {
  const spent = (name: "today" | "month") =>
    models === null
      ? "the gateway can't be reached"
      : `${models[name].requests} calls, ${models[name].inputTokens} tokens in, ${models[name].outputTokens} out, $${models[name].costUsd.toFixed(4)}`;
  return [
    `Memory  ${memoryMb} of ${memoryLimitMb} MB`,
    `CPU     ${cpuPercent.toFixed(1)} % of one`,
    `Disk    ${diskMb ?? "not measured yet"} of ${diskLimitMb} MB`,
    `Today   ${spent("today")}`,
    `Month   ${spent("month")}`,
  ].join("\n");
}
