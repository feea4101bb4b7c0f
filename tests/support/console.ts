import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { request } from "undici";
import type { Clock } from "@freehold/kernel/clock";
import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createPool, migrate, type Pool } from "@freehold/kernel/postgres";
import { createConsole } from "../../runtime/console/src/app.ts";
import { createAudit } from "../../runtime/console/src/audit.ts";
import { settings as schema } from "../../runtime/console/src/config.ts";
import { adoptPassword, createPasswords } from "../../runtime/console/src/password.ts";
import { createTenantDoor } from "../../runtime/console/src/tenant-door/app.ts";
import { createDoors } from "../../runtime/console/src/tenant-door/manager-doors.ts";
import { createConnections, upstreamsOf } from "../../runtime/console/src/upstreams.ts";
import { readWebUi } from "../../runtime/console/src/web-ui.ts";
import { createTestDatabase } from "./postgres.ts";

export const ownerPassword = "correct-horse-battery";
export const ownerToken = "owner-token-of-the-command-line";
export const publicOrigin = "https://console.test";

export const memberPassword = "four words of a member";

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: any; // oxlint-disable-line typescript/no-explicit-any -- a test reads into it at will
}

export interface TestConsole {
  url: string;
  /** Where Caddy asks who may enter a tenant. */
  doorUrl: string;
  pool: Pool;
  audit: () => Promise<Record<string, unknown>[]>;
  call(method: string, path: string, how?: { headers?: Record<string, string>; body?: string | Buffer }): Promise<Answer>;
  /** Signs in, as the owner unless somebody is named, and returns the `Cookie` header's value. */
  signIn(who?: { name: string; password: string }): Promise<string>;
  /** Has the owner invite somebody, accepts for them, and returns the `Cookie` header's value. */
  join(name: string, role: "viewer" | "operator"): Promise<string>;
  close(): Promise<void>;
}

interface ConsoleScene {
  clock: Clock;
  /** The manager is where the worker is, unless a test has one. */
  upstreams: { worker: string; backup: string; gateway: string; manager?: string };
  settings?: Record<string, string>;
  port?: number;
  doorPort?: number;
  /** Another way to the same database, for instance through a connection that a test can cut. */
  reachedBy?: (databaseUrl: string) => string;
}

/** The console's whole server, on the real PostgreSQL, before upstreams that a test scripts. */
export async function startConsole({ clock, upstreams, settings = {}, port = 0, doorPort = 0, reachedBy = (url) => url }: ConsoleScene): Promise<TestConsole> {
  const database = await createTestDatabase();
  const databaseUrl = reachedBy(database.url);
  const config = loadConfig(schema, {
    PUBLIC_ORIGIN: publicOrigin,
    DATABASE_URL: databaseUrl,
    OWNER_PASSWORD: ownerPassword,
    OWNER_TOKEN: ownerToken,
    WORKER_URL: upstreams.worker,
    WORKER_TOKEN: "worker-token",
    BACKUP_URL: upstreams.backup,
    BACKUP_TOKEN: "backup-token",
    GATEWAY_URL: upstreams.gateway,
    GATEWAY_ADMIN_TOKEN: "gateway-token",
    MANAGER_URL: upstreams.manager ?? upstreams.worker,
    MANAGER_TOKEN: "manager-token",
    TENANT_EDGE_KEY: "key-of-the-inner-entrance",
    ...settings,
  });
  const pool = createPool({ url: databaseUrl, applicationName: "console-test", log: silentLog });
  await migrate(pool, join(import.meta.dirname, "../../runtime/console/migrations"));
  await adoptPassword(pool, config.OWNER_PASSWORD, new Date(clock.now()));
  const audit = createAudit(pool, clock, silentLog);
  const connections = createConnections();
  const metrics = createMetrics();
  const doors = createDoors({ connections, manager: upstreamsOf(config).manager, clock });
  const app = createConsole({
    settings: config,
    version: "0.1.0",
    pool,
    clock,
    log: silentLog,
    metrics,
    audit,
    passwords: createPasswords(),
    connections,
    doors,
    ui: await readWebUi(config.UI_DIR),
  });
  const { server, port: taken } = await listen(app, port, "127.0.0.1");
  const url = `http://127.0.0.1:${taken}`;
  const tenantDoor = createTenantDoor({
    pool,
    clock,
    log: silentLog,
    metrics,
    doors,
    publicOrigin: config.PUBLIC_ORIGIN,
    ownerToken: config.OWNER_TOKEN,
    edgeUrl: config.TENANT_EDGE_URL,
    edgeKey: config.TENANT_EDGE_KEY,
    newToken: () => randomBytes(32).toString("base64url"),
  });
  const door = await listen(tenantDoor.app, doorPort, "127.0.0.1");
  tenantDoor.attach(door.server);
  const call: TestConsole["call"] = (method, path, how = {}) => callHttp(`${url}${path}`, method, how);
  return {
    url,
    doorUrl: `http://127.0.0.1:${door.port}`,
    pool,
    call,
    audit: async () => {
      await audit.settled();
      return (await pool.query("select actor, action, target, address, status, outcome from audit order by id")).rows;
    },
    signIn: async (who) => cookieOf(await call("POST", "/api/session", asJson(who ?? { password: ownerPassword }))),
    join: async (name, role) => {
      const { json } = await call("POST", "/api/invitations", asJson({ name, role }, { authorization: `Bearer ${ownerToken}` }));
      return cookieOf(await call("POST", "/api/invitations/accept", asJson({ token: json.link.split("#")[1], password: memberPassword })));
    },
    close: async () => {
      tenantDoor.close();
      await closeServer(door.server, 100);
      await closeServer(server, 100);
      await connections.destroy();
      await audit.settled();
      await pool.end();
      await database.drop();
    },
  };
}

/** A call's body and headers. */
export const asJson = (body: unknown, headers: Record<string, string> = {}): { headers: Record<string, string>; body: string } => ({
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

const cookieOf = ({ headers }: Answer): string => String(headers["set-cookie"]).split(";")[0]!;

async function callHttp(url: string, method: string, { headers = {}, body }: { headers?: Record<string, string>; body?: string | Buffer }): Promise<Answer> {
  const answer = await request(url, { method: method as "GET", headers, body: body ?? null });
  const text = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
