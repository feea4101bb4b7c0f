import { z } from "zod";
import { antigravityOptions, antigravityRisk } from "./antigravity-options.ts";
import { copilotOptions, copilotRisk } from "./copilot/options.ts";
import { chatOptions } from "./openai/egress/profile.ts";
import { statedPrice } from "./stated-prices.ts";
import { limitsSchema } from "./limits/limits.ts";

const kindNames = ["anthropic", "bridge", "openai", "copilot", "antigravity", "rehearsal"] as const;
export type ProviderKind = (typeof kindNames)[number];

const milliseconds = () => z.int().min(10).max(3_600_000).optional();
const names = () => z.array(z.string().min(1).max(200)).max(100);

/** Where a key comes from: exactly one of the three. */
const keySource = z
  .strictObject({ env: z.string().min(1).optional(), file: z.string().min(1).optional(), value: z.string().min(1).optional() })
  .refine((source) => Object.values(source).filter((from) => from !== undefined).length === 1, "needs exactly one of env, file and value");
export type KeySource = z.output<typeof keySource>;

const capabilities = z.strictObject({
  countTokens: z.boolean().default(true),
  listModels: z.boolean().default(true),
  tools: z.boolean().default(true),
  images: z.boolean().default(true),
  thinking: z.boolean().default(true).describe("false: `thinking` is taken out of requests"),
  dropFields: names().default([]).describe("further top-level fields that it refuses and can do without"),
  dropBetas: names().default([]).describe("values of `anthropic-beta` that it refuses"),
});
export type Capabilities = z.output<typeof capabilities>;

const timeouts = z.strictObject({
  connectMs: milliseconds(),
  firstByteMs: milliseconds().describe("until a stream's first event"),
  idleMs: milliseconds().describe("between two events of a stream, or two parts of another answer"),
  answerMs: milliseconds().describe("until the end of an answer that is no stream"),
});
/** Units: milliseconds. */
export type ProviderTimeouts = Readonly<Record<keyof z.output<typeof timeouts>, number>>;

/** One provider, as the configuration document states it. */
export const providerEntry = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "must be small letters, digits and dashes"),
  kind: z.enum(kindNames),
  label: z.string().min(1).max(100).optional().describe("as shown to people"),
  baseUrl: z.url({ protocol: /^https?$/, error: "must be an http or https address" }),
  keys: z.array(keySource).max(50).default([]).describe("tried in this order; none: no credential is sent"),
  auth: z.enum(["x-api-key", "bearer"]).optional().describe("how a key is sent; as the kind has it unless given"),
  priority: z.int().min(0).max(1_000_000).default(100).describe("lower ones are asked first, equal ones in the order of this list"),
  enabled: z.boolean().default(true),
  capabilities: capabilities.prefault({}),
  models: z
    .strictObject({
      aliases: z.record(z.string().min(1).max(200), z.string().min(1).max(200)).default({}),
      only: names().optional(),
    })
    .prefault({}),
  chat: chatOptions.optional().describe("of the kind openai: which service it is, and where it differs from that"),
  copilot: copilotOptions.optional().describe("of the kind copilot"),
  antigravity: antigravityOptions.optional().describe("of the kind antigravity"),
  prices: z.record(z.string().min(1).max(200), statedPrice).optional().describe("of its models, where the list price is another or none is known"),
  timeouts: timeouts.prefault({}).describe("those that differ from the settings"),
  limits: limitsSchema.optional().describe("what the gateway asks of it at most; beside that it keeps to the limits that its answers tell"),
});

/** Throws nothing: what stands in the way of an entry, if anything does. */
export function objectionTo({ kind, enabled, copilot, antigravity }: ProviderEntry): string | undefined {
  if (!enabled) return undefined;
  if (kind === "copilot" && copilot === undefined) return `needs copilot.acceptRisk: true, which says that you know: ${copilotRisk}`;
  if (kind === "antigravity" && antigravity === undefined) return `needs antigravity.acceptRisk: true, which says that you know: ${antigravityRisk}`;
  return undefined;
}
export type ProviderEntry = z.output<typeof providerEntry>;
