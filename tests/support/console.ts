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
import { createConnections } from "../../runtime/console/src/upstreams.ts";
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
  upstreams: { worker: string; backup: string; gateway: string };
  settings?: Record<string, string>;
  port?: number;
  /** Another way to the same database, for instance through a connection that a test can cut. */
  reachedBy?: (databaseUrl: string) => string;
}

/** The console's whole server, on the real PostgreSQL, before upstreams that a test scripts. */
export async function startConsole({ clock, upstreams, settings = {}, port = 0, reachedBy = (url) => url }: ConsoleScene): Promise<TestConsole> {
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
    ...settings,
  });
  const pool = createPool({ url: databaseUrl, applicationName: "console-test", log: silentLog });
  await migrate(pool, join(import.meta.dirname, "../../runtime/console/migrations"));
  await adoptPassword(pool, config.OWNER_PASSWORD, new Date(clock.now()));
  const audit = createAudit(pool, clock, silentLog);
  const connections = createConnections();
  const app = createConsole({
    settings: config,
    version: "0.1.0",
    pool,
    clock,
    log: silentLog,
    metrics: createMetrics(),
    audit,
    passwords: createPasswords(),
    connections,
    ui: await readWebUi(config.UI_DIR),
  });
  const { server, port: taken } = await listen(app, port, "127.0.0.1");
  const url = `http://127.0.0.1:${taken}`;
  const call: TestConsole["call"] = (method, path, how = {}) => callHttp(`${url}${path}`, method, how);
  return {
    url,
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
