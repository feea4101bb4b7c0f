import { tenantStates } from "@freehold/kernel/api/tenant";
import { z } from "zod";

/** Names that other parts of a home have, or that people would take for such. */
const reserved = ["console", "gateway", "world", "projects", "www", "api", "admin", "mail", "freehold", "localhost"];

export const tenantId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/, "must be 2 to 32 lower-case letters, digits and dashes, begin with a letter and not end with a dash")
  .refine((id) => !reserved.includes(id), "is a name that the home needs itself");

const text = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must hold no control characters");

/** A name that its owner has pointed at the home. */
export const domain = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/, "must be a host's name in lower case, such as assistant.example.org");

const different = (items: readonly string[]) => new Set(items).size === items.length;
const dollars = z.number().min(0).max(1_000_000).nullable();
export const budget = z.strictObject({ dailyUsd: dollars.default(null), monthlyUsd: dollars.default(null) });
/** Shape: as Docker names one. */
export const image = z
  .string()
  .max(300)
  .regex(/^[a-z0-9]([a-z0-9._/:@-]*[a-z0-9])?$/i, "must be an image's name");

const settingFields = {
  name: text(100).optional(),
  people: z.array(text(100)).max(100).refine(different, "names one twice").optional(),
  domains: z.array(domain).max(10).refine(different, "names one twice").optional(),
  memoryMb: z.int().min(1_024).max(65_536).optional(),
  cpus: z.number().min(0.1).max(64).optional(),
  diskMb: z.int().min(256).max(1_048_576).optional(),
  internet: z.boolean().optional(),
  idleMinutes: z.int().min(0).max(100_000).optional(),
  budget: budget.optional(),
};

/** The body of `POST /tenants`; what is left out has the home's standard. Units: MB, minutes, US dollars. */
export const tenantRequest = z.strictObject({ id: tenantId, ...settingFields, image: image.optional() });
export type TenantRequest = z.output<typeof tenantRequest>;

/** The body of `PATCH /tenants/:id`. */
export const tenantChange = z.strictObject(settingFields);
export type TenantChange = z.output<typeof tenantChange>;

/** A host as a browser asks for it, with or without a port; what can't be a tenant's is simply not found. */
export const hostParams = z.object({ host: z.string().min(1).max(300) });
export const askQuery = z.object({ domain: z.string().min(1).max(300) });

export const tenantParams = z.object({ id: tenantId });
export const tenantQuery = z.object({
  state: z.enum(tenantStates).optional(),
  cursor: tenantId.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
});
export const removalQuery = z.object({
  /** Nothing is no number: to JavaScript it is 0, and the tenant would be erased at once. */
  graceDays: z.preprocess((given) => (typeof given === "string" && given.trim() === "" ? Number.NaN : given), z.coerce.number().min(0).max(365).default(7)),
  /** Whether a last backup must be in the bucket before the home is erased. */
  backup: z
    .enum(["true", "false"])
    .default("true")
    .transform((word) => word === "true"),
});
export const imageBody = z.strictObject({ image: image.nullable() });
export const waitBody = z.strictObject({ waitMs: z.int().min(0).max(30_000).default(0) });
export const streamsBody = z.strictObject({ streams: z.int().min(0).max(1_000_000) });
export const freezeBody = z.strictObject({ leaseMs: z.int().min(100).max(30_000) });
export const thawBody = z.strictObject({ lease: z.guid() });
/** A folder among those that restores are unpacked to; it never leaves them. */
export const restoredBody = z.strictObject({
  folder: z
    .string()
    .regex(/^(\/tenants\/)?\.restore\/[a-z0-9][a-z0-9-]{0,120}$/, "must be .restore/<name>")
    .transform((path) => path.replace(/^\/tenants\//, "")),
});
export const backedUpBody = z.strictObject({ at: z.iso.datetime() });
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
export const restoreBody = z
  .strictObject({
    at: moment.optional(),
    snapshot: z
      .string()
      .regex(/^[0-9a-f]{8,64}$/, "must be a snapshot's id")
      .optional(),
    into: tenantId.optional(),
  })
  .refine(({ at, snapshot }) => at === undefined || snapshot === undefined, { path: ["snapshot"], message: "is not possible together with at" });
export const plainBody = z.strictObject({ id: tenantId });
export const plainQuery = z.object({ id: tenantId });
export const plainRestoreBody = z.strictObject({ id: tenantId, date: moment });
export const eventsQuery = z.object({
  before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const linesQuery = z.object({ lines: z.coerce.number().int().min(1).max(5_000).default(200) });
export const noFields = z.strictObject({});
