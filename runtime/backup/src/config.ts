import { list, port, secret } from "@freehold/kernel/config";
import { Cron } from "croner";
import { z } from "zod";

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
  BACKUP_REPOSITORY: z
    .string()
    .regex(/^(gs:[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]:\/[\w./-]*|\/[\w./-]*\w)$/, "shape: gs:<bucket>:/<path>, or the absolute path of a folder")
    .describe("the restic repository"),
  BACKUP_KEY: secret().describe("the key that seals the repository; without it no backup can be read"),
  BUCKET_EMULATOR_URL: z
    .url({ protocol: /^http$/ })
    .optional()
    .describe("address of the bucket emulator; absent where the bucket is real"),
  BUCKET_PROJECT_ID: z.string().min(1).optional().describe("Google Cloud project of the bucket"),
  BUCKET_CREDENTIALS_FILE: folder.optional().describe("file with the service account's key for the bucket"),
  BACKUP_SCHEDULE: z.string().default("17 * * * *").refine(isCron, "is not a cron expression, e.g. 17 * * * *").describe("when snapshots are made: cron, UTC"),
  BACKUP_KEEP_HOURLY: z.coerce.number().int().min(1).max(10_000).default(168).describe("hourly snapshots kept, beside all of the last day"),
  BACKUP_KEEP_DAILY: z.coerce.number().int().min(1).max(10_000).default(30).describe("daily snapshots kept"),
  BASE_BACKUP_SCHEDULE: z.string().default("41 3 * * *").refine(isCron, "is not a cron expression, e.g. 41 3 * * *").describe("when base backups of PostgreSQL are made: cron, UTC"),
  BASE_BACKUP_FULL_DAYS: z.coerce.number().int().min(1).max(365).default(7).describe("days between two full base backups; those between hold what changed"),
  BACKUP_TIMEOUT_MINUTES: z.coerce.number().int().min(1).max(1_440).default(120).describe("how long one dump, upload or restore may take, in minutes"),
});

export const configSchema = fields.superRefine((config, context) => {
  if (!config.BACKUP_REPOSITORY.startsWith("gs:") || config.BUCKET_EMULATOR_URL !== undefined || config.BUCKET_CREDENTIALS_FILE !== undefined) return;
  context.addIssue({ code: "custom", path: ["BUCKET_CREDENTIALS_FILE"], message: "a real bucket needs it, or set BUCKET_EMULATOR_URL" });
});

export type BackupConfig = z.output<typeof configSchema>;

function isCron(pattern: string): boolean {
  try {
    new Cron(pattern, { paused: true, timezone: "UTC" }).stop();
    return true;
  } catch {
    return false;
  }
}
