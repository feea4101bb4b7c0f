import { Agent, type Dispatcher } from "undici";
import type { Secret } from "@freehold/kernel/secret";
import type { Settings } from "./config.ts";

export type UpstreamName = "worker" | "backup" | "gateway" | "manager";

export interface Upstream {
  name: UpstreamName;
  /** Without a slash at its end. */
  url: string;
  token: Secret;
}

export type Upstreams = Readonly<Record<UpstreamName, Upstream>>;

export function upstreamsOf(settings: Settings): Upstreams {
  const of = (name: UpstreamName, url: string, token: Secret): Upstream => ({ name, url: url.replace(/\/+$/, ""), token });
  return {
    worker: of("worker", settings.WORKER_URL, settings.WORKER_TOKEN),
    backup: of("backup", settings.BACKUP_URL, settings.BACKUP_TOKEN),
    gateway: of("gateway", settings.GATEWAY_URL, settings.GATEWAY_ADMIN_TOKEN),
    manager: of("manager", settings.MANAGER_URL, settings.MANAGER_TOKEN),
  };
}

/** The connections to all upstreams. A live log sends a comment each 15 s, so a minute of silence means a dead peer. */
export const createConnections = (): Dispatcher =>
  new Agent({ connect: { timeout: 2_000 }, bodyTimeout: 60_000, keepAliveTimeout: 4_000, keepAliveMaxTimeout: 30_000 });
