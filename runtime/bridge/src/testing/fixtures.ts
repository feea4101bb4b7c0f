import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { systemClock, type Clock } from "@freehold/kernel/clock";
import { closeServer, listen } from "@freehold/kernel/http";
import { createLog, type Log } from "@freehold/kernel/log";
import { createMetrics, type Metrics } from "@freehold/kernel/metrics";
import { createBridge, type Bridge } from "../app.ts";
import { settings } from "../config.ts";
import { saying } from "./gemini-answers.ts";
import { startGemini, type GeminiSimulator } from "./gemini-simulator.ts";

export const bridgeToken = "bridge-token-of-a-test";
export const adminToken = "bridge-admin-token-of-a-test";
export const geminiKey = "AIzaSyD-a-key-of-a-test-0123456789";
export const sealingKey = "sealing-key-of-a-test-AAAAAAAAAAAAAAAAAAAAA";

/** What a test is sure to have. Throws: Error where it is mistaken. */
export function present<T>(value: T | null | undefined): T {
  if (value === undefined || value === null) throw new Error("There is nothing.");
  return value;
}

/** A bridge in front of a simulated Gemini. */
export interface TestBridge {
  url: string;
  bridge: Bridge;
  gemini: GeminiSimulator;
  dataDir: string;
  metrics: Metrics;
  /** Every line that was logged. */
  logged(): string;
  admin(method: string, path: string, body?: unknown): Promise<Response>;
  post(path: string, body: unknown, init?: { headers?: Record<string, string>; signal?: AbortSignal }): Promise<Response>;
  /** Stops it, and starts it anew on the same volume. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

interface BridgeOptions {
  environment?: Record<string, string>;
  clock?: Clock;
  takesToken?: (token: string) => boolean;
}

export async function startBridge({ environment = {}, clock = systemClock, takesToken = () => false }: BridgeOptions = {}): Promise<TestBridge> {
  const gemini = await startGemini({ key: geminiKey, takesToken }, saying("hello"));
  const dataDir = mkdtempSync(join(tmpdir(), "freehold-bridge-"));
  const lines: string[] = [];
  const log: Log = createLog("bridge", "debug", new Writable({ write: (text: Buffer, _encoding, done) => (lines.push(text.toString()), done()) }));
  const config = settings.parse({
    BRIDGE_TOKEN: bridgeToken,
    BRIDGE_ADMIN_TOKEN: adminToken,
    BRIDGE_KEY: sealingKey,
    DATA_DIR: dataDir,
    GEMINI_BASE_URL: gemini.url,
    ANTIGRAVITY_BASE_URL: gemini.url,
    ...environment,
  });
  const start = async () => {
    const metrics = createMetrics();
    const bridge = createBridge(config, { log, metrics, clock });
    const { server, port } = await listen(bridge.app, 0, "127.0.0.1");
    return { metrics, bridge, server, url: `http://127.0.0.1:${port}` };
  };
  let running = await start().catch(async (thrown: unknown) => {
    await gemini.close();
    rmSync(dataDir, { recursive: true, force: true });
    throw thrown;
  });
  const stop = async () => {
    await closeServer(running.server, 0);
    await running.bridge.close();
  };
  return {
    get url() {
      return running.url;
    },
    get bridge() {
      return running.bridge;
    },
    get metrics() {
      return running.metrics;
    },
    gemini,
    dataDir,
    logged: () => lines.join(""),
    admin: (method, path, body) => send(running.url + path, adminToken, { method, body }),
    post: (path, body, init = {}) => send(running.url + path, bridgeToken, { method: "POST", body, ...init }),
    async restart() {
      await stop();
      running = await start();
    },
    async close() {
      await stop();
      await gemini.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

interface Sent {
  method: string;
  body: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const send = (url: string, token: string, { body, headers = {}, ...init }: Sent): Promise<Response> =>
  fetch(url, {
    ...init,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
