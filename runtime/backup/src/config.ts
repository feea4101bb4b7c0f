import { list, port, secret } from "@freehold/kernel/config";
import { z } from "zod";
import { refusalOf } from "./targets/budget.ts";
import { cron, kept, repository, targetSchema, type TargetSettings } from "./targets/target-settings.ts";

const databaseName = /^(?!pg_|postgres$|template)[a-z][a-z0-9_]{0,40}$/;
const folder = z.string().regex(/^\/[\w./-]*\w$/, "an absolute path of letters, digits, '.', '_' and '-'");

const fields = z.object({
  PORT: port(4060).describe("port of the API"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info").describe("least important level that is logged"),
  BACKUP_TOKEN: secret().describe("what callers of the API must present"),
  DATABASE_ADMIN_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: "shape: postgres://postgres@postgres:5432/postgres" })
    .refine((text) => new URL(text).password === "", "holds a password; put it into DATABASE_ADMIN_PASSWORD_FILE")
    .describe("where PostgreSQL answers, as its superuser, without the password"),
  DATABASE_ADMIN_PASSWORD: secret().describe("password of that superuser"),
  DATABASES: list()
    .pipe(z.array(z.string().regex(databaseName, "names of 1 to 41 letters, digits and '_', not PostgreSQL's own")).min(1, "names no database"))
    .refine((names) => new Set(names).size === names.length, "names a database twice")
    .describe("databases of the services, each owned by a role of the same name"),
  DATABASE_PASSWORDS_DIR: folder.default("/run/secrets").describe("folder with a file database-password-<name> for each of them"),
  JOBS_DIR: folder.default("/jobs").describe("where the jobs volume is mounted"),
  TENANTS_DIR: folder.default("/tenants").describe("where the tenants volume is mounted; snapshots keep this path, so it stays what it is"),
  MANAGER_URL: z
    .url({ protocol: /^http$/ })
    .optional()
    .describe("address of the manager, which holds tenants still; absent in a home without tenants"),
  MANAGER_TOKEN: secret().optional().describe("what the manager wants to be shown; goes with MANAGER_URL"),
  BACKUP_TARGETS: z
    .string()
    .transform(parseTargets)
    .pipe(z.array(targetSchema).min(1, "names no target"))
    .superRefine(checkTargets)
    .optional()
    .describe("the places of snapshots, the main one first: a JSON list, see Targets; else the seven settings below are the only one"),
  BACKUP_REPOSITORY: repository.optional().describe("the restic repository"),
  BACKUP_KEY: secret().describe("the key that seals the repository; without it no backup can be read"),
  BUCKET_EMULATOR_URL: z
    .url({ protocol: /^http$/ })
    .optional()
    .describe("address of the bucket emulator; absent where the bucket is real"),
  BUCKET_PROJECT_ID: z.string().min(1).optional().describe("Google Cloud project of the bucket"),
  BUCKET_CREDENTIALS_FILE: folder.optional().describe("file with the service account's key for the bucket"),
  BACKUP_SCHEDULE: cron.default("17 * * * *").describe("when snapshots are made: cron, UTC"),
  BACKUP_KEEP_HOURLY: kept.default(168).describe("hourly snapshots kept, beside all of the last day"),
  BACKUP_KEEP_DAILY: kept.min(1).default(30).describe("daily snapshots kept"),
  BASE_BACKUP_SCHEDULE: cron.default("41 3 * * *").describe("when base backups of PostgreSQL are made: cron, UTC"),
  BASE_BACKUP_FULL_DAYS: z.coerce.number().int().min(1).max(365).default(7).describe("days between two full base backups; those between hold what changed"),
  BACKUP_TIMEOUT_MINUTES: z.coerce.number().int().min(1).max(1_440).default(120).describe("how long one dump, upload or restore may take, in minutes"),
});

export const configSchema = fields.superRefine((config, context) => {
  if (config.MANAGER_URL !== undefined && config.MANAGER_TOKEN === undefined)
    context.addIssue({ code: "custom", path: ["MANAGER_TOKEN"], message: "MANAGER_URL needs it, too" });
  if (config.BACKUP_TARGETS !== undefined) return;
  if (config.BACKUP_REPOSITORY === undefined)
    return context.addIssue({ code: "custom", path: ["BACKUP_REPOSITORY"], message: "a home needs it, or BACKUP_TARGETS" });
  if (!config.BACKUP_REPOSITORY.startsWith("gs:") || config.BUCKET_EMULATOR_URL !== undefined || config.BUCKET_CREDENTIALS_FILE !== undefined) return;
  context.addIssue({ code: "custom", path: ["BUCKET_CREDENTIALS_FILE"], message: "a real bucket needs it, or set BUCKET_EMULATOR_URL" });
});

export type BackupConfig = z.output<typeof configSchema>;

/** The targets, the main one first. */
export function targetsOf(config: BackupConfig): TargetSettings[] {
  if (config.BACKUP_TARGETS !== undefined) return config.BACKUP_TARGETS;
  const plain = {
    name: "main",
    repository: config.BACKUP_REPOSITORY,
    emulatorUrl: config.BUCKET_EMULATOR_URL,
    projectId: config.BUCKET_PROJECT_ID,
    credentialsFile: config.BUCKET_CREDENTIALS_FILE,
    schedule: config.BACKUP_SCHEDULE,
    keepHourly: config.BACKUP_KEEP_HOURLY,
    keepDaily: config.BACKUP_KEEP_DAILY,
  };
  return [targetSchema.parse(plain)];
}

/** Why these targets can't be used, or would cost money; none when all is well. Shape: as in `BACKUP_TARGETS`. */
export function refusalsOf(targets: unknown): string[] {
  const parsed = z.array(targetSchema).superRefine(checkTargets).safeParse(targets);
  return parsed.success ? [] : parsed.error.issues.map((issue) => [...issue.path, issue.message].join(" "));
}

function parseTargets(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: "custom", message: "is not JSON" });
    return z.NEVER;
  }
}

function checkTargets(targets: TargetSettings[], context: z.RefinementCtx): void {
  if (new Set(targets.map(({ name }) => name)).size < targets.length) context.addIssue({ code: "custom", message: "names a target twice" });
  for (const target of targets) {
    const refusal = refusalOf(target);
    if (refusal !== undefined) context.addIssue({ code: "custom", message: refusal });
  }
}
