import { randomInt } from "node:crypto";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { systemCodeOf } from "@freehold/kernel/errors";
import { Agent, request, WebSocket } from "undici";
import { startConsole, type Answer, type TestConsole } from "./console.ts";
import { freePort, startEdge, type TestEdge } from "./edge.ts";
import { startScriptedManager, type ScriptedManager } from "./scripted-manager.ts";
import { startScriptedTenant, type ScriptedTenantServer } from "./scripted-tenant.ts";

/** The way in as it stands in a home: the real Caddy before the real console, a manager that a test scripts, and servers in the tenants' places. */
export interface TenantHome {
  httpsPort: number;
  /** Caddy's inner entrance. */
  innerUrl: string;
  consoleOrigin: string;
  manager: ScriptedManager;
  house: TestConsole;
  edge: TestEdge;
  /** By tenant's id. */
  servers: Readonly<Record<string, ScriptedTenantServer>>;
  originOf(host: string): string;
  /** A request through Caddy, by the name that it certifies. */
  call(host: string, path: string, how?: CallOptions): Promise<Answer>;
  /** The same, as it comes. */
  open(host: string, path: string, headers?: Record<string, string>): Promise<{ status: number; chunks: AsyncIterator<string>; leave: () => void }>;
  socket(host: string, path: string, headers: Record<string, string>): WebSocket;
  /** Goes the whole way in with a console's cookie, as a browser does; answers with the tenant's cookie. */
  enter(host: string, sessionCookie: string, path?: string): Promise<string>;
  close(): Promise<void>;
}

export interface CallOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** The address of this machine from which to ask. */
  from?: string;
}

export interface TenantHomeScene {
  /** Tenants that get a server of their own. */
  ids: readonly string[];
  /** Others, whose names all lead to one more server, `crowd`. */
  crowd?: readonly string[];
  uiFolder?: string;
  closedTo?: string;
  largestBody?: string;
}

export const innerKey = "key-of-the-inner-entrance";
/** What a browser sends along when somebody opens a page. */
export const navigation = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "none" };

export async function startTenantHome({ ids, crowd = [], uiFolder, closedTo, largestBody }: TenantHomeScene): Promise<TenantHome> {
  const [httpsPort = 0, innerPort = 0, doorPort = 0, consolePort = 0, tenantPort = 0] = await Promise.all(Array.from({ length: 5 }, () => freePort()));
  const network = `127.${randomInt(10, 250)}.${randomInt(1, 250)}`;
  const addresses = Object.fromEntries([...ids, "crowd"].map((id, index) => [id, `${network}.${index + 1}`]));
  const servers = Object.fromEntries(
    await Promise.all(Object.entries(addresses).map(async ([id, address]) => [id, await startScriptedTenant(address, tenantPort, id)] as const)),
  );
  const manager = await startScriptedManager();
  const consoleOrigin = `https://console.localhost:${httpsPort}`;
  const house = await startConsole({
    clock: { now: () => Date.now() },
    upstreams: { worker: manager.url, backup: manager.url, gateway: manager.url, manager: manager.url },
    settings: {
      PUBLIC_ORIGIN: consoleOrigin,
      TENANT_EDGE_URL: `http://127.0.0.1:${innerPort}`,
      TENANT_EDGE_KEY: innerKey,
      ...(uiFolder === undefined ? {} : { UI_DIR: uiFolder }),
    },
    port: consolePort,
    doorPort,
  });
  const names = [...ids.map((id) => [id, addresses[id]!] as const), ...crowd.map((id) => [id, addresses["crowd"]!] as const)];
  const edge = await startEdge({
    httpsPort,
    innerPort,
    innerKey,
    doorPort,
    tenantPort,
    sites: [{ host: "console.localhost", upstream: `127.0.0.1:${consolePort}`, closed: ["/metrics", "/health/*"] }],
    names: Object.fromEntries(names.map(([id, address]) => [`tenant-${id}`, address])),
    ...(closedTo === undefined ? {} : { closedTo }),
    ...(largestBody === undefined ? {} : { largestBody }),
  });
  const originOf = (host: string) => `https://${host}:${httpsPort}`;
  const dispatcher = new Agent({ allowH2: false, connect: { ca: edge.authority, lookup: toLoopback } });
  const wires = new HttpsAgent({ keepAlive: true });
  const call: TenantHome["call"] = (host, path, how = {}) => {
    const once = () => callByName({ host, path, port: httpsPort, ca: edge.authority, wires, how });
    return once().catch(async (error: unknown) => {
      // Caddy's certificate begins in the very moment in which it is made, and the clock that OpenSSL reads is some milliseconds late.
      if (systemCodeOf(error) !== "CERT_NOT_YET_VALID") throw error;
      await delay(50);
      return once();
    });
  };
  return {
    httpsPort,
    innerUrl: `http://127.0.0.1:${innerPort}`,
    consoleOrigin,
    manager,
    house,
    edge,
    servers,
    originOf,
    call,
    async open(host, path, headers = {}) {
      const left = new AbortController();
      const answer = await request(`${originOf(host)}${path}`, { dispatcher, headers, signal: left.signal });
      const chunks = answer.body.setEncoding("utf8")[Symbol.asyncIterator]() as AsyncIterator<string>;
      return { status: answer.statusCode, chunks, leave: () => left.abort() };
    },
    socket: (host, path, headers) => new WebSocket(`wss://${host}:${httpsPort}${path}`, { headers, dispatcher }),
    enter: (host, sessionCookie, path = "/") => enter({ call, consoleOrigin }, { host, sessionCookie, path }),
    async close() {
      wires.destroy();
      await dispatcher.destroy();
      await edge.remove();
      await house.close();
      await Promise.all([manager, ...Object.values(servers)].map((server) => server.close()));
    },
  };
}

/** Names under `localhost`, and those that a test makes up, are this machine. */
const toLoopback: LookupFunction = (_name, { all }, done) => (all === true ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4));

interface NamedCall {
  host: string;
  path: string;
  port: number;
  ca: string;
  wires: HttpsAgent;
  how: CallOptions;
}

/** The certificate is asked for by the host that is called, whatever `Host` a test sends. */
const callByName = ({ host, path, port, ca, wires, how: { method = "GET", headers = {}, body, from } }: NamedCall): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = httpsRequest({
      host: "127.0.0.1",
      port,
      servername: host,
      path,
      method,
      ca,
      agent: wires,
      headers: { host: `${host}:${port}`, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }), ...headers },
      ...(from === undefined ? {} : { localAddress: from }),
    });
    sent.once("error", reject);
    sent.once("response", (answer) => {
      answer.setEncoding("utf8");
      let text = "";
      answer.on("data", (chunk: string) => (text += chunk));
      answer.once("error", reject);
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json: parse(text) }));
    });
    sent.end(body);
  });

const cookiesOf = ({ headers }: Answer): string[] => [headers["set-cookie"] ?? []].flat().map((cookie) => cookie.split(";")[0]!);

async function enter(
  { call, consoleOrigin }: Pick<TenantHome, "call" | "consoleOrigin">,
  { host, sessionCookie, path }: { host: string; sessionCookie: string; path: string },
): Promise<string> {
  const sent = await call(host, path, { headers: navigation });
  const asked = Object.fromEntries(new URL(String(sent.headers["location"])).searchParams);
  const { json } = await call("console.localhost", "/api/tenant-door/tickets", {
    method: "POST",
    headers: { cookie: sessionCookie, origin: consoleOrigin, "content-type": "application/json" },
    body: JSON.stringify(asked),
  });
  const url = new URL(json.url);
  const entered = await call(host, url.pathname + url.search, { headers: { ...navigation, cookie: cookiesOf(sent).join("; ") } });
  if (entered.status !== 303) throw new Error(`The way in ended with ${entered.status}: ${entered.text}`);
  return cookiesOf(entered)[0]!;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
