import type { UsageGroup } from "@freehold/kernel/api/usage";
import { z } from "zod";
import { budgetSchema } from "../budgets/budget.ts";
import type { DeviceCode, DeviceState } from "../copilot/device-flow.ts";
import { limitsSchema } from "../limits/limits.ts";
import type { ProviderView } from "../provider-state.ts";
import type { UsageSums } from "../store/bookings.ts";
import type { BookedRequest } from "../store/request-list.ts";
import { groupings } from "../usage-report.ts";

const time = z.iso.datetime();
const state = z.enum(["closed", "half-open", "open"]);

const key = z.object({
  id: z.guid(),
  name: z.string(),
  jobId: z.string().nullable(),
  tenant: z.string().nullable(),
  limits: limitsSchema.nullable(),
  budget: budgetSchema.nullable(),
  models: z.array(z.string()).nullable(),
  providers: z.array(z.string()).nullable(),
  cache: z.boolean(),
  keepBodies: z.boolean(),
  createdAt: time,
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
});
const secret = z.string().describe("The key itself; shown this once and not kept");

export const keyAnswer = key.meta({ id: "VirtualKey" });
export const newKeyAnswer = key.extend({ key: secret }).meta({ id: "NewVirtualKey" });
export const rotatedKeyAnswer = key.extend({ key: secret, previousValidUntil: time }).meta({ id: "RotatedVirtualKey" });
export const keyWithUseAnswer = key
  .extend({ use: z.object({ requestsToday: z.number(), dayUsd: z.number(), monthUsd: z.number() }) })
  .meta({ id: "VirtualKeyWithUse" });

export const providerAnswer: z.ZodType<ProviderView> = z
  .object({
    name: z.string(),
    label: z.string(),
    kind: z.string(),
    configured: z.boolean(),
    active: z.boolean().describe("The first one that can be asked"),
    keys: z.int(),
    state,
    lastError: z.object({ text: z.string(), at: time }).nullable(),
    nextProbeAt: time.nullable(),
    circuits: z.array(
      z.object({
        key: z.int().nullable(),
        model: z.string().nullable(),
        state,
        failures: z.int(),
        lastError: z.string(),
        lastErrorAt: time,
        nextProbeAt: time.nullable(),
      }),
    ),
  })
  .meta({ id: "Provider" });

const tokens = { inputTokens: z.number(), outputTokens: z.number(), cacheReadTokens: z.number(), cacheWriteTokens: z.number() };

export const usageAnswer: z.ZodType<UsageSums> = z
  .object({ requests: z.number(), ...tokens, costUsd: z.number(), unpricedRequests: z.number(), providers: z.array(z.string()) })
  .meta({ id: "Usage" });

const group: z.ZodType<UsageGroup> = z.object({
  group: z.string().nullable(),
  name: z.string().nullable(),
  provider: z.string().nullable(),
  requests: z.number(),
  failedRequests: z.number(),
  rehearsalRequests: z.number(),
  unpricedRequests: z.number(),
  ...tokens,
  costUsd: z.number(),
});
export const reportAnswer = z
  .object({ by: z.enum(groupings), from: z.iso.date(), to: z.iso.date(), groups: z.array(group) })
  .meta({ id: "UsageReport", description: "Units: tokens, US dollars." });

/** As JSON has it: times are texts. */
type Shown<T> = { [Name in keyof T]: T[Name] extends Date ? string : T[Name] };

export const requestAnswer: z.ZodType<Shown<BookedRequest>> = z
  .object({
    id: z.string(),
    startedAt: time,
    keyId: z.guid(),
    keyName: z.string().nullable(),
    jobId: z.string().nullable(),
    sessionId: z.string().nullable(),
    model: z.string().nullable(),
    provider: z.string(),
    status: z.int(),
    outcome: z.string(),
    streamed: z.boolean(),
    ...tokens,
    costUsd: z.number().nullable().describe("Null: its model has no known price"),
    firstByteMs: z.number().nullable(),
    durationMs: z.number(),
    upstreamRequestId: z.string().nullable(),
    hasBody: z.boolean().describe("Whether its body is kept"),
  })
  .meta({ id: "ModelRequest" });

export const deviceCodeAnswer: z.ZodType<DeviceCode> = z
  .object({ userCode: z.string(), verificationUri: z.string(), deviceCode: z.string(), intervalSeconds: z.number(), expiresInSeconds: z.number() })
  .meta({ id: "DeviceCode" });
export const deviceStateAnswer: z.ZodType<DeviceState> = z
  .union([z.object({ state: z.literal("pending"), intervalSeconds: z.number() }), z.object({ state: z.literal("done"), token: z.string() })])
  .meta({ id: "DeviceState" });

export const bodyAnswer = z
  .object({
    requestId: z.string(),
    keyId: z.guid(),
    storedAt: time,
    expiresAt: time,
    sizeBytes: z.int().describe("As it was sent"),
    isCut: z.boolean().describe("Only its beginning was kept"),
    encoding: z.enum(["utf8", "base64"]),
    body: z.string(),
  })
  .meta({ id: "RequestBody" });
