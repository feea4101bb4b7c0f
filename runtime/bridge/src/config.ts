import { list, port, secret } from "@freehold/kernel/config";
import { z } from "zod";
import { parseRow, standardModelMap, type MapRow } from "./model-map.ts";

const milliseconds = (standard: number) => z.coerce.number().int().min(1).default(standard);
const count = (standard: number) => z.coerce.number().int().min(0).default(standard);

const modelMap = z
  .string()
  .default(standardModelMap)
  .pipe(list())
  .transform((rows, context): MapRow[] =>
    rows.flatMap((text) => {
      const row = parseRow(text);
      if (row === undefined) context.addIssue({ code: "custom", message: `${JSON.stringify(text)} is not of the form name=model` });
      return row === undefined ? [] : [row];
    }),
  );

/** The bridge's settings; its README has the same table. */
export const settings = z.object({
  PORT: port(8081).describe("Where the API listens."),
  HOST: z.string().min(1).default("0.0.0.0").describe("The address it listens on."),
  BRIDGE_TOKEN: secret().describe("What callers of /v1 must present."),
  BRIDGE_ADMIN_TOKEN: secret().describe("What callers of /admin must present."),
  BRIDGE_KEY: secret().optional().describe("Seals the Google sign-in on the volume; 32 random bytes in any notation."),
  DATA_DIR: z.string().startsWith("/", "must be an absolute path").default("/data").describe("The bridge's own volume."),
  GEMINI_API_KEY: secret().optional().describe("An API key of Google AI Studio; serves while no account is signed in."),
  GEMINI_BASE_URL: z.url().default("https://generativelanguage.googleapis.com").describe("The Gemini API."),
  GOOGLE_OAUTH_CLIENT_ID: z.string().optional().describe("An OAuth client of type Desktop; needed to sign in with an account."),
  GOOGLE_OAUTH_CLIENT_SECRET: secret().optional().describe("Its secret."),
  GOOGLE_OAUTH_REDIRECT_URI: z
    .url()
    .default("http://127.0.0.1:8081/")
    .describe("Where Google leads the browser after the sign-in; nothing needs to answer there."),
  GOOGLE_OAUTH_BASE_URL: z.url().optional().describe("Stands for Google's OAuth servers, in tests."),
  GOOGLE_PROJECT: z.string().optional().describe("The Google Cloud project that an account's requests are counted to."),
  ANTIGRAVITY: z
    .enum(["", "accept-risk"], { error: "must be accept-risk, after you have read the README, or nothing" })
    .default("")
    .describe("accept-risk: ask Antigravity in place of the Gemini API, with a signed-in account; read its chapter first."),
  ANTIGRAVITY_BASE_URL: z.url().default("https://cloudcode-pa.googleapis.com").describe("Cloud Code Assist, which serves Antigravity."),
  MODEL_MAP: modelMap.describe("name=model rows, separated by commas, first match holds; * stands for any text."),
  UNKNOWN_FIELDS: z.enum(["refuse", "ignore"]).default("refuse").describe("What to do with request fields that the bridge doesn't know."),
  THINKING_HEADROOM_TOKENS: count(1_024).describe("Added to max_tokens where the caller asked for no thinking, since Gemini counts its own in it."),
  FIRST_BYTE_TIMEOUT_MS: milliseconds(180_000).describe("How long Gemini may take to begin an answer."),
  IDLE_TIMEOUT_MS: milliseconds(120_000).describe("How long an answer may pause."),
  PING_INTERVAL_MS: milliseconds(15_000).describe("After how much silence a stream gets a ping."),
  MAX_BODY_BYTES: z.coerce.number().int().min(1_024).default(33_554_432).describe("Bigger requests are refused."),
  BODY_BUDGET_BYTES: z.coerce
    .number()
    .int()
    .min(1_048_576)
    .default(12_582_912)
    .describe("How much of large bodies is worked on at once; what is over it waits. Each byte costs about six of memory."),
  BODY_WAIT_MS: milliseconds(60_000).describe("How long a large body waits for room before it is sent away."),
  SIGNATURE_CACHE_ENTRIES: count(10_000).describe("How many thought signatures are remembered."),
  SIGNATURE_CACHE_MS: milliseconds(7_200_000).describe("How long each is remembered."),
});

export type Settings = z.output<typeof settings>;
