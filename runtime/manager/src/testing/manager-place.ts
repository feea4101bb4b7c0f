import type { Server } from "node:http";
import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import type { Closer } from "@freehold/kernel/lifecycle";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createManager } from "../app.ts";
import { settings, tenantSettingsOf } from "../config.ts";
import { createEngine } from "../engine.ts";
import { createTenants } from "../tenants/create-tenants.ts";
import type { TenantBox } from "../box/tenant-box.ts";

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** The whole manager over HTTP, with a box in memory. */
export interface RunningManager {
  url: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  stop(): Promise<void>;
}

export async function startManager(box: TenantBox, environment: Record<string, string>): Promise<RunningManager> {
  const config = loadConfig(settings, {
    MANAGER_TOKEN: "manager-token",
    NAME_PREFIX: "freehold-test",
    JOBS_VOLUME: "none",
    JOB_IMAGE: "none",
    JOB_NETWORKS: "none",
    SECRETS_KEY: "secrets-key",
    GATEWAY_ADMIN_TOKEN: "admin-token",
    BACKUP_TOKEN: "backup-token",
    TENANTS_VOLUME: "none",
    TENANT_IMAGE: "assistant:1",
    TENANT_KEEPER_IMAGE: "none",
    TENANT_DOMAIN: "home.example",
    TENANT_POLL_MS: "20",
    TENANT_REST_MS: "100",
    TENANT_SAMPLE_MS: "50",
    TENANT_STOP_MS: "0",
    ...environment,
  });
  const closers: Closer[] = [];
  const metrics = createMetrics();
  const engine = createEngine("/nonexistent/docker.sock", metrics);
  const own = tenantSettingsOf(config);
  const tenants = own === undefined ? undefined : createTenants({ settings: own, box, log: silentLog, metrics }, (closer) => closers.push(closer));
  const { server, port } = await listen(createManager(config, silentLog, metrics, { engine, tenants }), 0, "127.0.0.1");
  return { url: `http://127.0.0.1:${port}`, call: callerOf(port), stop: () => stopAll(server, closers) };
}

async function stopAll(server: Server, closers: Closer[]): Promise<void> {
  await closeServer(server, 100);
  for (const closer of closers.splice(0).toReversed()) await closer();
}

const callerOf =
  (port: number): RunningManager["call"] =>
  async (method, path, body, headers = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: "Bearer manager-token", "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : { text } };
  };
