import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { Writable } from "node:stream";
import { createLog, type Log } from "@freehold/kernel/log";
import { createMetrics, type Metrics } from "@freehold/kernel/metrics";
import { createPool, migrate, type Pool } from "@freehold/kernel/postgres";
import { Secret } from "@freehold/kernel/secret";
import { closeServer } from "@freehold/kernel/http";
import { createTestDatabase } from "../../../../tests/support/postgres.ts";
import { createGateway, type Gateway } from "../app.ts";
import { settings } from "../config.ts";
import { providerEntry, type ProviderKind } from "../provider-entry.ts";
import type { KeyedEntry } from "../provider.ts";
import { listenOn } from "../server.ts";
import { openTracing } from "../tracing/open.ts";
import type { UsageSums } from "../store/bookings.ts";

export const adminToken = "admin-token-of-a-test";
export const upstreamKey = "sk-ant-upstream-secret-of-a-test";

/** A gateway on a real database, in front of whatever `upstreamUrl` is. */
export interface TestGateway {
  url: string;
  gateway: Gateway;
  db: Pool;
  databaseUrl: string;
  metrics: Metrics;
  /** Every line that was logged. */
  lines: readonly string[];
  logged(): string;
  mint(more?: object): Promise<{ id: string; key: string }>;
  admin(path: string, init?: { method?: string; body?: unknown }): Promise<Response>;
  usageOf(jobId?: string): Promise<UsageSums>;
  close(): Promise<void>;
}

export async function startGateway(environment: Record<string, string>, databaseUrl?: string): Promise<TestGateway> {
  const database = databaseUrl === undefined ? await createTestDatabase() : { url: databaseUrl, drop: async () => {} };
  const lines: string[] = [];
  const log: Log = createLog("gateway", "debug", new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()) }));
  const db = createPool({ url: database.url, applicationName: "test", log });
  await migrate(db, join(import.meta.dirname, "../../migrations"));
  const metrics = createMetrics();
  // Most tests want each call to reach its provider, also the same one twice.
  const config = settings.parse({ DATABASE_URL: database.url, CACHE_SECONDS: "0", ...environment });
  const tracing = await openTracing(config, log);
  const gateway = createGateway({
    settings: config,
    secrets: { environment, readFile: (path) => readFileSync(path, "utf8") },
    db,
    adminToken: new Secret(adminToken),
    log,
    metrics,
    tracing,
    ready: async () => void (await db.query("select 1")),
  });
  const url = `http://127.0.0.1:${await listenOn(gateway.server, 0, "127.0.0.1")}`;
  const admin: TestGateway["admin"] = (path, { method = "GET", body } = {}) =>
    fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    url,
    gateway,
    db,
    databaseUrl: database.url,
    metrics,
    lines,
    logged: () => lines.join(""),
    admin,
    mint: async (more = {}) => (await (await admin("/admin/keys", { method: "POST", body: { name: "test", ...more } })).json()) as { id: string; key: string },
    usageOf: async (jobId) => (await (await admin(`/admin/usage${jobId === undefined ? "" : `?jobId=${jobId}`}`)).json()) as UsageSums,
    async close() {
      await closeServer(gateway.server, 0);
      await gateway.close().catch(() => {});
      await tracing?.close();
      await db.end();
      await database.drop();
    },
  };
}

/** An entry of the list of providers, whose keys are given as they are. */
export function entryOf({ keys = ["k"], ...given }: { name: string; kind?: ProviderKind; baseUrl?: string; keys?: string[]; priority?: number }): KeyedEntry {
  const timeouts = { connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000, answerMs: 1_000 };
  const entry = providerEntry.parse({ kind: "anthropic", baseUrl: "http://127.0.0.1:1", ...given });
  return { ...entry, keys: keys.map((key) => new Secret(key)), timeouts, configured: true };
}

export const event = (type: string, data: object = {}): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

/** A small, complete stream as Anthropic sends it. */
export const wholeStream: readonly string[] = [
  event("message_start", {
    message: { id: "msg_1", type: "message", model: "claude-opus-5-5", usage: { input_tokens: 100, cache_read_input_tokens: 1_000, output_tokens: 1 } },
  }),
  event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  event("ping"),
  event("content_block_delta", { index: 0, delta: { type: "text_delta", text: "an error in message_stop, it says\n\n" } }),
  event("content_block_stop", { index: 0 }),
  event("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 50 } }),
  event("message_stop"),
];

export const streamHeaders = { "content-type": "text/event-stream; charset=utf-8", "request-id": "req_upstream" };

export const wholeMessage = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-opus-5-5",
  content: [{ type: "text", text: "hi" }],
  usage: { input_tokens: 7, output_tokens: 3 },
};

/** Answers after the whole request has come, as real providers do. */
export const answering =
  (answer: (response: ServerResponse, body: Buffer, request: IncomingMessage) => void) => async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    answer(response, Buffer.concat(chunks), request);
  };
