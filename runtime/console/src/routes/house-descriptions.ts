import { serverSentEvent } from "@freehold/kernel/openapi";
import { z } from "zod";
import { outcomes } from "../audit.ts";
import type { Alert, ChartAnswer } from "../charts.ts";
import { answerLinkInput, auditQuery, chartsQuery, trialInput } from "../inputs.ts";
import type { OwnDescription } from "./own-description.ts";

const time = z.iso.datetime();
const service = z.object({ name: z.string(), ready: z.boolean(), detail: z.string().describe("Why it isn't ready, with the cure") });
const entry = z
  .object({
    id: z.string(),
    at: time,
    actor: z.string(),
    member: z.object({ id: z.string(), name: z.string() }).nullable(),
    action: z.string(),
    target: z.string(),
    detail: z.string().nullable(),
    address: z.string(),
    requestId: z.string(),
    status: z.int().nullable(),
    outcome: z.enum(outcomes).nullable(),
    durationMs: z.int().nullable(),
  })
  .meta({ id: "AuditEntry" });

const chart: z.ZodType<ChartAnswer> = z
  .object({
    name: z.string(),
    title: z.string(),
    unit: z.enum(["jobs", "seconds", "usd", "share", "requests"]),
    series: z.array(z.object({ name: z.string(), points: z.array(z.tuple([z.number(), z.number().nullable()])) })),
  })
  .meta({ id: "Chart" });
const alert: z.ZodType<Alert> = z
  .object({ name: z.string(), severity: z.string(), state: z.enum(["pending", "firing"]), summary: z.string(), description: z.string(), since: time })
  .meta({ id: "Alert" });

export const houseDescriptions = {
  answerByLink: {
    summary: "Answer a job's question with the token of a notice, without a session",
    tag: "Approvals",
    body: answerLinkInput,
    answers: { 200: { description: "The answer that stands", body: z.object({ id: z.uuid(), state: z.string() }) } },
    errors: [
      "approval.bad-token",
      "approval.unknown",
      "approval.answered",
      "auth.throttled",
      "upstream.away",
      "upstream.broken",
      "upstream.late",
      "upstream.refused-token",
    ],
  },
  readApi: {
    summary: "This document",
    tag: "Home",
    answers: { 200: { description: "OpenAPI 3.1", body: z.object({ openapi: z.string() }).loose() } },
  },
  readCharts: {
    summary: "Read the charts of the last hours",
    tag: "Metrics",
    query: chartsQuery,
    answers: {
      200: {
        description: "Each chart with its lines; a point is a time in seconds since 1970 and a value",
        body: z.object({ from: time, to: time, stepSeconds: z.int(), charts: z.array(chart) }),
      },
    },
    errors: ["metrics.away"],
  },
  readAlerts: {
    summary: "Read the alerts that fire, and those that soon may",
    tag: "Metrics",
    answers: { 200: { description: "The alerts", body: z.object({ alerts: z.array(alert) }) } },
    errors: ["metrics.away"],
  },
  readAudit: {
    summary: "Read the audit log, newest first",
    tag: "Home",
    query: auditQuery,
    answers: { 200: { description: "A page of entries", body: z.object({ entries: z.array(entry), nextCursor: z.string().nullable() }) } },
  },
  readHome: {
    summary: "Ask whether each service is ready",
    tag: "Home",
    answers: {
      200: {
        description: "The home",
        body: z.object({
          stack: z.string(),
          version: z.string(),
          publicOrigin: z.string(),
          gatewayOrigin: z.string(),
          auditKeepDays: z.int(),
          services: z.array(service),
          provider: z.string().nullable().describe("Who answers model calls now"),
        }),
      },
    },
  },
  tryModel: {
    summary: "Ask a model",
    description: "With a key that is made for it and revoked when the answer ends.",
    tag: "Models",
    body: trialInput,
    answers: { 200: { description: "The answer of the Messages API as it comes", type: "text/event-stream", body: serverSentEvent } },
    errors: ["trial.no-key", "trial.refused", "upstream.away", "upstream.broken", "upstream.late", "upstream.refused-token"],
  },
} satisfies Record<string, OwnDescription>;
