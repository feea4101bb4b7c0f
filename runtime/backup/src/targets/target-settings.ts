import { Cron } from "croner";
import { z } from "zod";

const file = z.string().regex(/^\/[\w./-]*\w$/, "an absolute path of letters, digits, '.', '_' and '-'");

/** Shapes: `gs:<bucket>:/<path>`, `s3:<http or https address>/<bucket>/<path>`, `/<folder>`. */
export const repository = z
  .string()
  .regex(
    /^(gs:[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]:\/[\w./-]*|s3:https?:\/\/[a-z0-9.-]+(:\d{1,5})?\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w.-]+)*|\/[\w./-]*\w)$/,
    "shape: gs:<bucket>:/<path>, s3:https://<endpoint>/<bucket>/<path>, or the absolute path of a folder",
  );

export const cron = z.string().refine(isCron, "is not a cron expression, e.g. 17 * * * *");
export const kept = z.coerce.number().int().min(0).max(10_000);

/** What a target gives for nothing in a month; what is left out has no limit. `requests` are of any class. */
const limits = z.strictObject({
  storageBytes: z.number().positive().optional(),
  requests: z.number().int().positive().optional(),
  classA: z.number().int().positive().optional(),
  classB: z.number().int().positive().optional(),
});

/** What others use of the same account's free requests in a month, such as the archive of PostgreSQL's log. */
const reserved = z.strictObject({ requests: z.number().int().nonnegative().default(0), storageBytes: z.number().nonnegative().default(0) });

/** One place where snapshots are kept. */
export const targetSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,20}$/, "1 to 21 of a-z, 0-9 and '-'"),
    repository,
    schedule: cron.default("17 * * * *"),
    keepHourly: kept.default(168),
    keepDaily: kept.min(1).default(30),
    pruneSchedule: cron.default("47 4 * * 0"),
    /** A snapshot is followed by a check of the whole repository when the last one is older than this; 0 is after each. Units: hours. */
    checkHours: z.number().min(0).max(24).default(6),
    /** False where the credential can't delete: old snapshots are then thinned out only with the pruning credential. */
    mayDelete: z.boolean().default(true),
    /** Of a simulated GCS. */
    emulatorUrl: z.url({ protocol: /^http$/ }).optional(),
    projectId: z.string().min(1).optional(),
    credentialsFile: file.optional(),
    pruneCredentialsFile: file.optional(),
    region: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .optional(),
    pathStyle: z.boolean().default(true),
    accessKeyFile: file.optional(),
    secretKeyFile: file.optional(),
    pruneAccessKeyFile: file.optional(),
    pruneSecretKeyFile: file.optional(),
    limits: limits.prefault({}),
    reserved: reserved.prefault({}),
  })
  .superRefine((target, context) => {
    const need = (name: keyof typeof target, why: string) => {
      if (target[name] === undefined) context.addIssue({ code: "custom", path: [name], message: why });
    };
    if (target.repository.startsWith("gs:") && target.emulatorUrl === undefined) need("credentialsFile", "a real bucket needs it, or set emulatorUrl");
    if (target.repository.startsWith("s3:")) {
      need("accessKeyFile", "an S3 bucket needs it");
      need("secretKeyFile", "an S3 bucket needs it");
      need("region", "an S3 bucket needs it: signatures hold the region's name");
    }
  });

export type TargetSettings = z.output<typeof targetSchema>;
export type TargetLimits = TargetSettings["limits"];

export const kinds = ["gs", "s3", "folder"] as const;
export type TargetKind = (typeof kinds)[number];

export const kindOf = ({ repository: text }: Pick<TargetSettings, "repository">): TargetKind =>
  text.startsWith("gs:") ? "gs" : text.startsWith("s3:") ? "s3" : "folder";

function isCron(pattern: string): boolean {
  try {
    new Cron(pattern, { paused: true, timezone: "UTC" }).stop();
    return true;
  } catch {
    return false;
  }
}
