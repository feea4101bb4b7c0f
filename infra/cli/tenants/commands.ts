import { Command, Option } from "commander";
import type { Tenant } from "../../../runtime/kernel/src/api/tenant.ts";
import type { CommandContext } from "../command-context.ts";
import { numberOf } from "../jobs/job-request.ts";
import { harmless } from "../jobs/log-text.ts";
import { addCare } from "./care.ts";
import { renderTenant, renderTenants } from "./table.ts";
import { allTenants, pathOf, untilState } from "./tenant.ts";

interface Shown {
  json?: true;
}

const pretty = (value: unknown) => JSON.stringify(value, null, 2);
const tenantArgument = "id of the tenant";

/** `freehold tenants`: everything about people's assistants from the command line, over the same API as the console. */
export function tenantsCommand(context: CommandContext): Command {
  const tenants = new Command("tenants").description("people's own assistants: make, wake, stop, restore and remove them").addHelpText(
    "after",
    `
Examples:
  freehold tenants add anna --person anna     an assistant for anna at https://anna.<the home's domain>
  freehold tenants wake anna                  wakes it and waits
  freehold tenants restore anna 2026-11-20    its files as they were on that day
  freehold tenants rm anna                    stops it; it is erased in a week, until then: freehold tenants keep anna

Without FREEHOLD_URL the home on this machine is asked. FREEHOLD_URL=https://console.example.org with FREEHOLD_TOKEN asks another.`,
  );
  addReading(tenants, context);
  addMaking(tenants, context);
  addWishes(tenants, context);
  addCare(tenants, context);
  return tenants;
}

function addReading(tenants: Command, { withHome, say }: CommandContext): void {
  tenants
    .command("ls")
    .description("list tenants")
    .option("--state <state>", "only those in this state, such as awake")
    .option("--json", "print JSON")
    .action(({ state, json }: Shown & { state?: string }) =>
      withHome(async (home) => {
        const all = await allTenants(home, state);
        say(json ? pretty(all) : renderTenants(all));
      }),
    );
  tenants
    .command("show")
    .argument("<tenant>", tenantArgument)
    .description("show a tenant")
    .option("--json", "print JSON")
    .action((id: string, { json }: Shown) =>
      withHome(async (home) => {
        const tenant = await home.get<Tenant>(pathOf(id));
        say(json ? pretty(tenant) : renderTenant(tenant));
      }),
    );
  tenants
    .command("logs")
    .argument("<tenant>", tenantArgument)
    .description("show the newest lines that a tenant wrote")
    .option("--lines <number>", "how many", numberOf, 200)
    .action((id: string, { lines }: { lines: number }) =>
      withHome(async (home) => say(harmless((await home.text(pathOf(id, `/logs?lines=${lines}`))).trimEnd()) || "It wrote nothing, or has no container now.")),
    );
}

interface Sizes {
  name?: string;
  person?: string[];
  domain?: string[];
  memory?: number;
  cpus?: number;
  disk?: number;
  idle?: number;
  internet?: boolean;
  daily?: number;
  monthly?: number;
}

const collect = (value: string, before: string[] | undefined) => [...(before ?? []), value];

const sizeOptions = (command: Command) =>
  command
    .option("--memory <mb>", "memory, in MB", numberOf)
    .option("--cpus <number>", "CPUs", numberOf)
    .option("--disk <mb>", "what its files may take, in MB", numberOf)
    .option("--idle <minutes>", "falls asleep after so many minutes; 0 for never", numberOf)
    .option("--person <name>", "member of the home who may enter; several times; the owner always may", collect)
    .option("--domain <name>", "name of its own that points at the home; several times", collect)
    .option("--name <text>", "what lists call it")
    .addOption(new Option("--internet", "it may reach the Internet").conflicts("noInternet"))
    .option("--no-internet", "it may reach the gateway alone")
    .option("--daily <usd>", "what its model calls may cost a day", numberOf)
    .option("--monthly <usd>", "what they may cost a month", numberOf);

function requestOf({ memory, cpus, disk, idle, person, domain, name, internet, daily, monthly }: Sizes): object {
  const given = { name, people: person, domains: domain, memoryMb: memory, cpus, diskMb: disk, idleMinutes: idle, internet };
  const budget = daily === undefined && monthly === undefined ? {} : { budget: { dailyUsd: daily ?? null, monthlyUsd: monthly ?? null } };
  return { ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)), ...budget };
}

function addMaking(tenants: Command, { withHome, say, note }: CommandContext): void {
  sizeOptions(tenants.command("add").argument("<tenant>", "2 to 32 lower-case letters, digits and dashes; also the first part of its host's name"))
    .description("make a tenant")
    .option("--image <name>", "an image other than the home's")
    .option("--json", "print JSON")
    .action((id: string, { image, json, ...sizes }: Sizes & Shown & { image?: string }) =>
      withHome(async (home) => {
        pathOf(id);
        const made = await home.post<Tenant & { token?: string }>("/api/tenants", { id, ...requestOf(sizes), ...(image !== undefined && { image }) });
        const tenant = await untilState(home, id, ({ state }) => state !== "provisioning", note);
        if (json) say(pretty({ ...tenant, ...(made.token !== undefined && { token: made.token }) }));
        else say([renderTenant(tenant), ...(made.token === undefined ? [] : [`Token       ${made.token}`, "The token is shown only now."])].join("\n"));
      }),
    );
  sizeOptions(tenants.command("resize").argument("<tenant>", tenantArgument))
    .description("change a tenant; other memory, CPUs, disk, domains or Internet restart one that is awake")
    .action((id: string, sizes: Sizes) =>
      withHome(async (home) => {
        const { body } = await home.send("PATCH", pathOf(id), { body: requestOf(sizes) });
        say(renderTenant((await body.json()) as Tenant));
      }),
    );
  tenants
    .command("rm")
    .argument("<tenant>", tenantArgument)
    .description("stop a tenant, back it up a last time, and erase it after some days")
    .option("--days <number>", "days until it is erased", numberOf, 7)
    .option("--no-backup", "without a last backup")
    .action((id: string, { days, backup }: { days: number; backup: boolean }) =>
      withHome(async (home) => {
        const { body } = await home.send("DELETE", pathOf(id, `?graceDays=${days}&backup=${backup}`));
        const { removeAt } = (await body.json()) as Tenant;
        say(`${id} is stopped, and erased at ${removeAt ?? "once"}. Until then: npm run freehold -- tenants keep ${id}`);
      }),
    );
}

function addWishes(tenants: Command, { withHome, say, note, exit }: CommandContext): void {
  const wishes = [
    ["start", "start", "wake a tenant and wait, also one that was stopped or has failed", ["awake"]],
    ["wake", "wake", "wake a tenant and wait", ["awake"]],
    ["stop", "stop", "stop a tenant; no visitor wakes it", ["stopped"]],
    ["sleep", "hibernate", "put a tenant to sleep", ["asleep"]],
    ["restart", "restart", "restart a tenant and wait", ["awake"]],
    ["keep", "keep", "undo a removal", ["asleep", "stopped"]],
  ] as const;
  for (const [name, route, description, wanted] of wishes)
    tenants
      .command(name)
      .argument("<tenant>", tenantArgument)
      .description(description)
      .option("--no-wait", "don't wait until it is so")
      .action((id: string, { wait }: { wait: boolean }) =>
        withHome(async (home) => {
          const { readyAt } = await home.get<Tenant>(pathOf(id));
          await home.post(pathOf(id, `/${route}`), {});
          // One that was awake before is restarted only when it became ready anew.
          const met = (tenant: Tenant) => (wanted as readonly string[]).includes(tenant.state) && (name !== "restart" || tenant.readyAt !== readyAt);
          const tenant = wait ? await untilState(home, id, met, note) : await home.get<Tenant>(pathOf(id));
          say(renderTenants([tenant]));
          if (wait && !met(tenant)) exit(3);
        }),
      );
}
