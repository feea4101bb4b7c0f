import { list, port, secret } from "@freehold/kernel/config";
import { AppError } from "@freehold/kernel/errors";
import type { Secret } from "@freehold/kernel/secret";
import { z } from "zod";

const milliseconds = (least: number, standard: number) => z.coerce.number().int().min(least).default(standard);

/** Shape: a name from the `runtimes` of the engine's settings. */
const runtimeName = z
  .string()
  .regex(/^[a-zA-Z0-9][\w.-]*$/, "must be a runtime's name, such as runsc")
  .optional();

/** The manager's settings; its README has the same table. */
export const settings = z.object({
  PORT: port(4030).describe("Where the API listens."),
  HOST: z.string().min(1).default("0.0.0.0").describe("The address it listens on."),
  MANAGER_TOKEN: secret().describe("What callers must present as a bearer token."),
  DOCKER_SOCKET: z.string().startsWith("/", "must be an absolute path").default("/var/run/docker.sock").describe("The Docker engine's socket."),
  NAME_PREFIX: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,60}$/, "must be lower-case letters, digits and dashes")
    .describe("Begins each container's name; `freehold-<stack>`."),
  JOBS_VOLUME: z.string().min(1).describe("The volume that holds the folders of the jobs."),
  JOB_IMAGE: z.string().min(1).describe("The image that job containers are made from."),
  JOB_NETWORKS: list()
    .pipe(z.array(z.string()).min(1, "must name at least one network"))
    .describe("One network per slot, in their order, separated by commas."),
  JOB_GATEWAY_URL: z.url().default("http://gateway:4010").describe("The gateway as job containers see it; the only model endpoint they know."),
  REPOSITORY_NETWORK: z.string().min(1).optional().describe("The network on which repositories are fetched and pushed; without it they can't be."),
  JOB_MEMORY_MB: z.coerce.number().int().min(256).default(1_536).describe("Memory of a job container in MiB; it gets no swap."),
  JOB_CPUS: z.coerce.number().positive().default(1).describe("CPUs of a job container."),
  JOB_PIDS: z.coerce.number().int().min(32).default(512).describe("Processes and threads of a job container."),
  JOB_RUNTIME: runtimeName.describe("The engine's runtime for jobs, such as `runsc`; its standard unless given."),
  DATABASE_URL: z.string().startsWith("postgres").optional().describe("The database of the tenants, without a password; without it there are none."),
  DATABASE_PASSWORD: secret().optional().describe("The password of that database."),
  SECRETS_KEY: secret().optional().describe("Seals the tokens and keys of tenants in the database."),
  GATEWAY_URL: z.url().default("http://gateway:4010").describe("The gateway's admin API, where tenants get their keys."),
  GATEWAY_ADMIN_TOKEN: secret().optional().describe("Its token."),
  BACKUP_URL: z.url().default("http://backup:4060").describe("The backup service."),
  BACKUP_TOKEN: secret().optional().describe("Its token."),
  TENANTS_VOLUME: z.string().min(1).optional().describe("The volume with the homes of the tenants."),
  TENANTS_MEMORY_MB: z.coerce.number().int().min(1_024).default(4_096).describe("Memory that all awake tenants may have together, in MiB."),
  TENANT_IMAGE: z.string().min(1).optional().describe("The image of tenants that name none."),
  TENANT_KEEPER_IMAGE: z.string().min(1).optional().describe("The image of the short-lived containers that work on homes: this service's own."),
  TENANT_RUNTIME: runtimeName.describe("The engine's runtime for tenants, such as `runsc`; its standard unless given."),
  TENANT_SUBNETS: z
    .cidrv4()
    .refine((range) => Number(range.split("/")[1]) <= 28, "must be /28 or wider")
    .default("10.214.0.0/16")
    .describe("The range of which each tenant's network takes 16 addresses."),
  TENANT_DOMAIN: z.string().min(1).default("localhost").describe("A tenant's page is at `<id>.<this>`."),
  TENANT_PORT: z.coerce.number().int().min(1).max(65_535).default(443).describe("The port of those pages, as browsers see it."),
  TENANT_MODELS: list()
    .pipe(z.array(z.string().regex(/^[\w.:-]{1,100}$/)).min(1, "must name at least one model"))
    .default(["claude-sonnet-4-5", "claude-opus-4-5", "claude-haiku-4-5"])
    .describe("Models that assistants may choose, the standard one first, separated by commas."),
  TENANT_MEMORY_MB: z.coerce
    .number()
    .int()
    .min(1_024)
    .default(1_280)
    .describe("Memory of a tenant that asks for none, in MiB; below 1,024 its assistant can't start."),
  TENANT_CPUS: z.coerce.number().positive().default(0.5).describe("Its CPUs."),
  TENANT_DISK_MB: z.coerce.number().int().min(256).default(2_048).describe("What its files may take, in MiB."),
  TENANT_PIDS: z.coerce.number().int().min(64).default(256).describe("Its processes and threads."),
  TENANT_IDLE_MINUTES: z.coerce.number().int().min(0).default(30).describe("Minutes without activity after which it falls asleep; 0 for never."),
  TENANT_READY_MS: milliseconds(1, 300_000).describe("How long its start may take, in milliseconds."),
  TENANT_STOP_MS: milliseconds(0, 30_000).describe("How long it may take to end what it does, in milliseconds."),
  TENANT_EVICT_IDLE_MS: milliseconds(0, 60_000).describe("One that was active within this time makes no place for another, in milliseconds."),
  TENANT_STARTS_AT_ONCE: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe("How many assistants may start at one time; the others wait in their order."),
  TENANT_PARALLEL: z.coerce.number().int().min(1).max(64).default(4).describe("How many tenants are worked on at once."),
  TENANT_POLL_MS: milliseconds(1, 250).describe("How often tenants are looked at while something is under way, in milliseconds."),
  TENANT_REST_MS: milliseconds(1, 5_000).describe("And else."),
  TENANT_SAMPLE_MS: milliseconds(1, 60_000).describe("How often is measured what they take, in milliseconds."),
});

export type Settings = z.output<typeof settings>;

const needed = ["DATABASE_URL", "SECRETS_KEY", "GATEWAY_ADMIN_TOKEN", "BACKUP_TOKEN", "TENANTS_VOLUME", "TENANT_IMAGE", "TENANT_KEEPER_IMAGE"] as const;

/** The settings of a manager that has tenants. */
export type TenantSettings = Settings & {
  DATABASE_URL: string;
  SECRETS_KEY: Secret;
  GATEWAY_ADMIN_TOKEN: Secret;
  BACKUP_TOKEN: Secret;
  TENANTS_VOLUME: string;
  TENANT_IMAGE: string;
  TENANT_KEEPER_IMAGE: string;
};

/** Undefined for a manager that only has jobs. Throws: AppError `config.invalid` when only some of what tenants need is set. */
export function tenantSettingsOf(settings: Settings): TenantSettings | undefined {
  if (settings.DATABASE_URL === undefined) return undefined;
  const missing = needed.filter((name) => settings[name] === undefined);
  if (missing.length === 0) return settings as TenantSettings;
  throw new AppError("config.invalid", `Settings refused. ${missing.join(", ")}: tenants need them too. See the table in this service's README.`);
}
