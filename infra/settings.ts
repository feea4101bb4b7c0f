import { z } from "zod";
import { cloudflare, cloudflareShape, googleShape, oracle, oracleShape } from "./cloud-settings.ts";

export type { CloudflareSettings, GoogleSettings, OracleSettings } from "./cloud-settings.ts";

/** One service's ports on this machine. */
const port = z.coerce.number().int().min(1).max(65_535);
const flag = z.stringbool().or(z.boolean());

/** As Docker's settings name one. */
const runtime = z
  .string()
  .regex(/^[a-zA-Z0-9][\w.-]*$/)
  .optional();

const jobShape = z.strictObject({
  slots: z.coerce.number().int().min(1).max(30).default(3).describe("how many jobs run at once, exactly; each has a network of its own"),
  memoryMb: z.coerce.number().int().min(512).max(65_536).default(1_024).describe("memory limit of one job's container, in MB"),
  cpus: z.coerce.number().min(0.1).max(64).default(1).describe("CPUs one job may use"),
  pids: z.coerce.number().int().min(64).max(10_000).default(512).describe("processes one job may have"),
  runtime: runtime.describe("runtime of Docker that jobs' containers use, such as runsc for gVisor, where the machine has it"),
  subnets: z
    .cidrv4()
    .optional()
    .describe(
      "private range, /23 or wider, from which each slot's network takes 16 addresses; needed above 20 slots, as Docker's own ranges hold some 30 networks in all",
    ),
  internet: flag.default(false).describe("lets jobs reach the Internet besides the gateway; on a laptop that includes services that listen on the host"),
});

const jobs = jobShape.superRefine(({ slots, subnets }, context) => {
  const refuse = (message: string) => context.addIssue({ code: "custom", path: ["subnets"], message, input: subnets });
  if (subnets === undefined && slots > 20) refuse("more than 20 slots need a range of their own, such as 10.213.0.0/23");
  if (subnets !== undefined && Number(subnets.split("/")[1]) > 23) refuse("must be /23 or wider: 30 networks of 16 addresses");
});

const backup = z.strictObject({
  schedule: z
    .string()
    .regex(/^\S+(\s+\S+){4}$/, "five cron fields, in UTC")
    .default("17 * * * *")
    .describe("when snapshots are made: cron, UTC"),
  offSiteSchedule: z
    .string()
    .regex(/^\S+(\s+\S+){4}$/, "five cron fields, in UTC")
    .default("0 3 * * *")
    .describe("when a snapshot goes off-site: cron, UTC; once a day stays far below Google's free 5,000 writes a month"),
  keepHourly: z.coerce.number().int().min(1).max(10_000).default(168).describe("hourly snapshots kept"),
  keepDaily: z.coerce.number().int().min(1).max(10_000).default(30).describe("daily snapshots kept"),
  baseSchedule: z
    .string()
    .regex(/^\S+(\s+\S+){4}$/, "five cron fields, in UTC")
    .default("41 3 * * *")
    .describe("when base backups of PostgreSQL are made, a full one each week: cron, UTC"),
  archiveSeconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(300)
    .describe("how long a commit may take until its WAL is on the way to the bucket, in seconds"),
  archiveDays: z.coerce.number().int().min(1).max(365).default(30).describe("days back to which databases can be restored to the moment"),
  archiveQueueMb: z.coerce
    .number()
    .int()
    .min(64)
    .max(1_048_576)
    .default(4_096)
    .describe("how much WAL may wait for a bucket that is away before the oldest is given up, in MB"),
});

const tenants = z.strictObject({
  memoryMb: z.coerce.number().int().min(1_280).max(1_048_576).default(4_096).describe("memory that all awake tenants may have together, in MB"),
  idleMinutes: z.coerce.number().int().min(0).max(100_000).default(30).describe("minutes without activity after which a tenant falls asleep; 0 for never"),
  eachMemoryMb: z.coerce
    .number()
    .int()
    .min(1_024)
    .max(65_536)
    .default(1_280)
    .describe("memory of a tenant that asks for none, in MB; with less than 1280 its assistant is killed at its first turn"),
  cpus: z.coerce.number().min(0.1).max(64).default(0.5).describe("CPUs of a tenant that asks for none"),
  diskMb: z.coerce.number().int().min(256).max(1_048_576).default(2_048).describe("what the files of a tenant that asks for no more may take, in MB"),
  subnets: z
    .cidrv4()
    .refine((range) => Number(range.split("/")[1]) <= 24, "must be /24 or wider: each tenant takes 16 addresses")
    .default("10.214.0.0/16")
    .describe("private range from which each tenant's network takes 16 addresses"),
  runtime: runtime.describe("runtime of Docker that tenants' containers use, such as runsc for gVisor, where the machine has it"),
});

const notices = z.strictObject({
  allowedHosts: z
    .array(z.string().regex(/^[A-Za-z0-9.:-]+$/, "names or addresses of hosts"))
    .default([])
    .describe("hosts that notices may go to although their addresses are not on the Internet, such as an ntfy server in the LAN"),
});

const tracing = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).describe("where the gateway sends its traces (OpenTelemetry, OTLP over HTTP); `/v1/traces` is added"),
  share: z.coerce.number().min(0).max(1).default(1).describe("share of the requests that are traced; callers that trace decide for theirs"),
  serviceName: z
    .string()
    .regex(/^\S{1,200}$/)
    .default("freehold-gateway")
    .describe("what the gateway is called in traces"),
  attributes: z
    .record(z.string().regex(/^[A-Za-z0-9._-]+$/, "names of attributes"), z.string().max(1_000))
    .default({})
    .describe("further attributes of all traces, such as deployment.environment"),
});

const antigravity = z.strictObject({
  acceptRisk: flag
    .refine((accepted) => accepted, "must be true, which says that you know: Google has banned accounts for such use; a key of AI Studio is the official way")
    .describe("that you know what it can cost you: runtime/bridge/README.md says it"),
  clientId: z.string().min(1).describe("an OAuth client of type Desktop, with which the account signs in"),
  project: z.string().min(1).optional().describe("the Google Cloud project that requests are counted to; the account's own without it"),
  modelMap: z.string().min(1).optional().describe("`name=model` rows, with commas between: which of Antigravity's models answers for which name"),
});

/** Every setting of `Pulumi.<stack>.yaml`, each under the namespace `freehold:`. */
const settingsShape = z.strictObject({
  place: z.enum(["local", "oracle"]).describe("where the home stands: the Docker of this machine, or a free Oracle VM"),
  httpPort: port.default(28_080).describe("port of plain HTTP on this machine's loopback; it only redirects"),
  httpsPort: port.default(28_443).describe("port of HTTPS on this machine's loopback"),
  memoryMb: z.coerce
    .number()
    .int()
    .min(2_048)
    .max(1_048_576)
    .default(12_288)
    .describe("memory the home may promise to its containers, in MB; policies hold the sum to it"),
  jobs: jobs.prefault({}),
  backup: backup.prefault({}),
  tenants: tenants.prefault({}),
  notices: notices.prefault({}),
  anthropicApiKey: z.string().min(1).optional().describe("secret: the key of the Anthropic API; without it the rehearsal model answers"),
  geminiApiKey: z.string().min(1).optional().describe("secret: a key of Google's Gemini API, from AI Studio; with it Gemini answers where Anthropic can't"),
  anthropicBaseUrl: z.url().default("https://api.anthropic.com").describe("address of the Anthropic API"),
  tracing: tracing.optional().describe("where the gateway tells what each request took; without it there are no traces"),
  tracingHeaders: z.string().min(1).optional().describe("secret: headers for the receiver of traces, such as a credential: `name=value,other=value`"),
  antigravity: antigravity.optional().describe("Google's Antigravity behind a bridge of its own, at your own risk; off without it"),
  antigravityClientSecret: z.string().min(1).optional().describe("secret: the secret of freehold:antigravity.clientId"),
  oracle: oracle.optional().describe("the machine of the place `oracle`"),
  google: googleShape.optional().describe("the off-site backups of the place `oracle`"),
  cloudflare: cloudflare.optional().describe("the names of the place `oracle`"),
  cloudflareDnsToken: z
    .string()
    .min(16)
    .optional()
    .describe("secret: a token that may edit the DNS of freehold:cloudflare.zoneId; with it all tenants' hosts share one certificate, else each gets its own"),
  r2SecretAccessKey: z.string().min(16).optional().describe("secret: the secret of freehold:cloudflare.r2AccessKeyId"),
  key: z.string().min(32).optional().describe("secret: the home's key; else the file `<data folder>/keys/<stack>.key`, made at the first start"),
});

/** The place `oracle` needs all three clouds, or one of them twice; what is secret belongs to a setting that is not. */
export const settingsSchema = settingsShape.superRefine((settings, context) => {
  const { place, oracle, google, cloudflare, r2SecretAccessKey } = settings;
  const need = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
  if (settings.tracingHeaders !== undefined && settings.tracing === undefined) need("tracing", "tracingHeaders go somewhere: name tracing.endpoint");
  if (settings.antigravity !== undefined && settings.antigravityClientSecret === undefined)
    need("antigravityClientSecret", "antigravity.clientId needs its secret; set it with --secret");
  if (place !== "oracle") return;
  if (oracle === undefined) need("oracle", `the place oracle needs it: ${Object.keys(oracleShape.shape).join(", ")}`);
  if (cloudflare === undefined) need("cloudflare", `the place oracle needs it: ${Object.keys(cloudflareShape.shape).join(", ")}`);
  if (google === undefined && cloudflare?.r2AccountId === undefined)
    need("google", "the place oracle needs it, or cloudflare.r2AccountId, for backups off-site");
  if (cloudflare?.r2AccountId !== undefined && r2SecretAccessKey === undefined) need("r2SecretAccessKey", "R2's key needs its secret; set it with --secret");
});

export type Settings = z.output<typeof settingsSchema>;

const namespace = "freehold:";

/**
 * Reads a stack's settings from Pulumi's configuration.
 * Shape: keys `freehold:name`, values as Pulumi stores them (text, or JSON text for objects); other namespaces are the providers'.
 * Throws: Error that names every bad setting, its value (never a secret's) and the cure.
 */
export function parseSettings(stack: string, configuration: Record<string, string>): Settings {
  const own = Object.entries(configuration).filter(([name]) => name.startsWith(namespace));
  const raw = Object.fromEntries(own.map(([name, text]) => [name.slice(namespace.length), structured(text)]));
  const parsed = settingsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap((issue) => explain(issue, raw, stack));
  throw new Error(`The settings of stack "${stack}" were refused (Pulumi.${stack}.yaml):\n${lines.map((line) => `  - ${line}`).join("\n")}`);
}

const structured = (text: string): unknown => (/^[{[]/.test(text) ? parseJson(text) : text);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const secrets = new Set(["key", "anthropicApiKey", "geminiApiKey", "r2SecretAccessKey", "tracingHeaders", "antigravityClientSecret"]);

function explain(issue: z.core.$ZodIssue, raw: Record<string, unknown>, stack: string): string[] {
  const prefix = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const known = namesAt(issue.path);
    return issue.keys.map((name) => `${namespace}${prefix === "" ? name : `${prefix}.${name}`} is not a setting; there are: ${known.join(", ")}.`);
  }
  const value = issue.path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], raw);
  const shown = secrets.has(prefix) ? "[secret]" : JSON.stringify(value);
  return [
    `${namespace}${prefix} is ${value === undefined ? "missing" : shown}: ${issue.message}. Set it: pulumi config set --stack ${stack} --path ${namespace}${prefix} <value>`,
  ];
}

function namesAt(path: PropertyKey[]): string[] {
  const parts: Record<string, z.ZodObject> = {
    jobs: jobShape,
    backup,
    tenants,
    notices,
    tracing,
    antigravity,
    oracle: oracleShape,
    google: googleShape,
    cloudflare: cloudflareShape,
  };
  return Object.keys((parts[String(path[0])] ?? settingsShape).shape);
}
