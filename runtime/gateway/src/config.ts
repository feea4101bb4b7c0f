import { port, secret } from "@freehold/kernel/config";
import { z } from "zod";

const milliseconds = (standard: number) => z.coerce.number().int().min(10).max(3_600_000).default(standard);
const origin = () => z.url({ protocol: /^https?$/, error: "must be an http or https address" });

/** The settings of the gateway; its README has the same table. */
export const settings = z.object({
  PORT: port(4010).describe("Port to listen on"),
  HOST: z.string().default("0.0.0.0").describe("Address to listen on"),
  DATABASE_URL: z.string().startsWith("postgres").describe("PostgreSQL, without a password: `postgres://gateway@host:5432/gateway`"),
  DATABASE_PASSWORD: secret().optional().describe("*file*; its password"),
  GATEWAY_ADMIN_TOKEN: secret().describe("*file*; what callers of `/admin` must present"),
  ANTHROPIC_API_KEY: secret().optional().describe("*file*; an API key of Anthropic; absent or empty: the rehearsal model answers"),
  ANTHROPIC_BASE_URL: origin().default("https://api.anthropic.com").describe("Address of Anthropic's API"),
  REHEARSAL_URL: origin().default("http://model:4020").describe("Address of the rehearsal model"),
  BODY_LIMIT_BYTES: z.coerce.number().int().min(1_024).max(268_435_456).default(33_554_432).describe("Largest request body; Anthropic's own limit is 32 MB"),
  UPSTREAM_CONNECT_TIMEOUT_MS: milliseconds(5_000).describe("How long a connection to a provider may take"),
  UPSTREAM_FIRST_BYTE_TIMEOUT_MS: milliseconds(120_000).describe("How long a provider may take to begin a stream"),
  UPSTREAM_ANSWER_TIMEOUT_MS: milliseconds(600_000).describe("How long a provider may take to begin an answer that is no stream"),
  UPSTREAM_IDLE_TIMEOUT_MS: milliseconds(120_000).describe("How long a provider may be silent within an answer"),
  PING_AFTER_MS: milliseconds(15_000).describe("After how much silence a stream gets a `ping` of the gateway's own"),
});

export type GatewaySettings = z.output<typeof settings>;
