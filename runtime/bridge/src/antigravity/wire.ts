import { randomUUID } from "node:crypto";
import { fault } from "../errors.ts";
import { numberOf, type Wire } from "../gemini/wire.ts";

/**
 * Gemini's requests inside Cloud Code Assist's envelope, as Antigravity sends them, under our own name.
 * Source: antigravity-claude-proxy 2.8 and other public clients (2026-11); Google documents none of it.
 */
export function createAntigravityWire(project: () => Promise<string>): Wire {
  return {
    async generate(model, request) {
      const envelope = { project: await project(), model, request, requestId: randomUUID(), requestType: "agent", userAgent: "freehold" };
      return { path: "v1internal:streamGenerateContent?alt=sse", body: envelope };
    },
    count() {
      throw fault("request.unknown-route", "Antigravity counts no tokens.");
    },
    models: async () => ({ path: "v1internal:fetchAvailableModels", body: { project: await project() } }),
    // An error in the midst stands beside the envelope, or in its place.
    unwrap: (event) => ("response" in event && !("error" in event) ? event["response"] : event),
    readModels: ({ models }) =>
      Object.entries((models ?? {}) as Record<string, Record<string, unknown> | null>).map(([name, model]) => ({
        name,
        displayName: typeof model?.["displayName"] === "string" ? model["displayName"] : undefined,
        inputTokenLimit: numberOf(model?.["maxTokens"]),
        outputTokenLimit: numberOf(model?.["maxOutputTokens"]),
      })),
  };
}
