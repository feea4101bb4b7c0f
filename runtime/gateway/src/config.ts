import { port, secret } from "@freehold/kernel/config";
import { messageOf } from "@freehold/kernel/errors";
import { z } from "zod";
import { antigravityRisk } from "./antigravity-options.ts";
import { tracingSettings } from "./tracing/settings.ts";
import { parseDocument, type GatewayDocument } from "./gateway-document.ts";

const milliseconds = (standard: number) => z.coerce.number().int().min(10).max(3_600_000).default(standard);
const count = (least: number, most: number, standard: number) => z.coerce.number().int().min(least).max(most).default(standard);
const origin = () => z.url({ protocol: /^https?$/, error: "must be an http or https address" });

const document = z
  .string()
  .default("")
  .transform((text, context): GatewayDocument => {
    try {
      return parseDocument(text);
    } catch (thrown) {
      context.addIssue({ code: "custom", message: messageOf(thrown) });
      return z.NEVER;
    }
  });

/** The settings of the gateway; its README has the same table. */
export const settings = z.object({
  PORT: port(4010).describe("Port to listen on"),
  HOST: z.string().optional().describe("Address to listen on"),
  DATABASE_URL: z
    .string()
    .startsWith("postgres")
    .optional()
    .describe("PostgreSQL, without a password: `postgres://gateway@host:5432/gateway`; without one the gateway runs alone, with a database inside"),
  DATABASE_PASSWORD: secret().optional().describe("*file*; its password"),
  GATEWAY_DATA_DIR: z.string().optional().describe("Alone: the folder with the database and the admin token; without one both are kept in memory"),
  GATEWAY_JOURNAL_DIR: z
    .string()
    .min(1)
    .optional()
    .describe("The folder, of one gateway alone, in which requests are written down until the books have them; alone, it is in the data folder"),
  GATEWAY_ADMIN_TOKEN: secret().optional().describe("*file*; what callers of `/admin` must present; alone, one is made where none is given"),
  ANTHROPIC_API_KEY: secret().optional().describe("*file*; an API key of Anthropic; without one and without a bridge the rehearsal model answers"),
  ANTHROPIC_BASE_URL: origin().default("https://api.anthropic.com").describe("Address of Anthropic's API"),
  BRIDGE_URL: origin().optional().describe("Address of the bridge to Gemini; it is asked where Anthropic can't answer, or is not configured"),
  BRIDGE_TOKEN: secret().optional().describe("*file*; what the bridge wants to see"),
  ANTIGRAVITY: z
    .literal("accept-risk", `must be accept-risk, which says that you know: ${antigravityRisk}`)
    .optional()
    .describe("accept-risk: the provider below is asked, last of all; read its chapter first"),
  ANTIGRAVITY_URL: origin().optional().describe("Address of a bridge that asks Antigravity"),
  ANTIGRAVITY_TOKEN: secret().optional().describe("*file*; what that bridge wants to see"),
  REHEARSAL_URL: origin().optional().describe("Address of the rehearsal model"),
  GATEWAY_CONFIG: document.describe("*file*; the configuration document; its list of providers takes the place of the eight settings above"),
  VALKEY_URL: z
    .url({ protocol: /^rediss?$/, error: "must be a redis or rediss address" })
    .optional()
    .describe("Valkey, where several gateways share their limits; without one each counts alone: `redis://valkey:6379`"),
  VALKEY_PASSWORD: secret().optional().describe("*file*; its password"),
  LIMIT_WAIT_MS: count(0, 300_000, 10_000).describe("How long a call may wait for room within a limit before it is refused"),
  LIMIT_QUEUE: count(1, 10_000, 100).describe("How many calls may wait at one key's or one provider's limits"),
  LIMIT_LEASE_MS: count(1_000, 600_000, 15_000).describe("After how long the running calls of a gateway that was killed no longer count"),
  RESERVED_OUTPUT_TOKENS: count(1, 1_000_000, 8_192).describe(
    "The most output that a call reserves until its true usage is known, whatever its `max_tokens` says",
  ),
  CACHE_SECONDS: count(0, 86_400, 300).describe(
    "For how long an answer is given again to the same request of the same tenant; 0: never, and nothing is shared",
  ),
  CACHE_BYTES: count(0, 8_589_934_592, 67_108_864).describe("The most memory that kept answers may take, and once more for those that are under way"),
  CACHE_ANSWER_BYTES: count(1_024, 67_108_864, 2_097_152).describe("A longer answer is not kept, and a caller of a shared one may fall no further behind"),
  BODY_LIMIT_BYTES: z.coerce.number().int().min(1_024).max(268_435_456).default(33_554_432).describe("Largest request body; Anthropic's own limit is 32 MB"),
  BODY_LOG_KEY: secret()
    .optional()
    .describe("*file*; seals the bodies of requests that keys ask to be kept; without one none are; alone, one is made where none is given"),
  BODY_LOG_DAYS: count(1, 90, 7).describe("For how long a body is kept"),
  BODY_LOG_BODY_BYTES: count(1_024, 16_777_216, 1_048_576).describe("Of a longer body only the beginning is kept"),
  BODY_LOG_BYTES: count(1_024, 68_719_476_736, 268_435_456).describe("The most room that kept bodies may take, packed as they are; the oldest go first"),
  UPSTREAM_CONNECT_TIMEOUT_MS: milliseconds(5_000).describe("How long a connection to a provider may take"),
  UPSTREAM_FIRST_BYTE_TIMEOUT_MS: milliseconds(120_000).describe("How long a provider may take to send the first event of a stream"),
  UPSTREAM_ANSWER_TIMEOUT_MS: milliseconds(600_000).describe("How long a provider may take for an answer that is no stream"),
  UPSTREAM_IDLE_TIMEOUT_MS: milliseconds(120_000).describe("How long a provider may be silent within an answer, or send no whole event of a stream"),
  PING_AFTER_MS: milliseconds(15_000).describe("After how much silence a stream gets a `ping` of the gateway's own"),
  ...tracingSettings,
});

export type GatewaySettings = z.output<typeof settings>;
