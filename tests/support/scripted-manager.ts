import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedTenant {
  id: string;
  state: string;
  people: string[];
  domains: string[];
  token: string;
  /** What waking it comes to, and when; awake at once unless given. */
  onWake?: (tenant: ScriptedTenant) => void;
}

/** A real HTTP server that answers about doors as the manager does. */
export interface ScriptedManager {
  url: string;
  tenants: Map<string, ScriptedTenant>;
  /** `find u1.localhost`, `awake u1`, `active u1 2` …, oldest first. */
  asked: string[];
  add(tenant: Partial<ScriptedTenant> & { id: string }): ScriptedTenant;
  /** Changes a tenant, and lets go whoever waits for it. */
  turn(id: string, state: string): void;
  close(): Promise<void>;
}

const waitable = new Set(["asleep", "waking", "waiting", "provisioning", "falling-asleep", "restoring"]);

export async function startScriptedManager({ port = 0, domain = "localhost" } = {}): Promise<ScriptedManager> {
  const tenants = new Map<string, ScriptedTenant>();
  const asked: string[] = [];
  let waiters: (() => void)[] = [];
  const turned = () => {
    for (const wake of waiters.splice(0)) wake();
  };
  const ofHost = (host: string) =>
    host.endsWith(`.${domain}`) ? tenants.get(host.slice(0, -domain.length - 1)) : [...tenants.values()].find(({ domains }) => domains.includes(host));
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const send = (status: number, body?: unknown) =>
      void response.writeHead(status, { "content-type": "application/json" }).end(body === undefined ? undefined : JSON.stringify(body));
    if (request.headers.authorization !== "Bearer manager-token") return send(401, {});
    const url = new URL(request.url ?? "/", "http://manager");
    const [, , name = "", action] = url.pathname.split("/").map(decodeURIComponent);
    if (name === "ask") {
      const wanted = url.searchParams.get("domain") ?? "";
      asked.push(`ask ${wanted}`);
      return send([...tenants.values()].some(({ domains }) => domains.includes(wanted)) ? 200 : 404, {});
    }
    if (action === undefined) {
      asked.push(`find ${name}`);
      const found = ofHost(name);
      if (found === undefined) return send(404, { code: "door.unknown" });
      const { id, state, people, token } = found;
      return send(200, { id, state, people, upstream: `tenant-${id}:18789`, tokenHash: createHash("sha256").update(token).digest("hex") });
    }
    const body = JSON.parse(await textOf(request)) as { waitMs?: number; streams?: number };
    asked.push(action === "active" ? `active ${name} ${body.streams}` : `${action} ${name}`);
    const tenant = tenants.get(name);
    if (tenant === undefined) return send(404, {});
    if (action === "active") return send(204);
    if (tenant.state === "asleep") {
      tenant.state = tenant.onWake === undefined ? "awake" : "waking";
      tenant.onWake?.(tenant);
      turned();
    }
    const deadline = Date.now() + (body.waitMs ?? 0);
    while (waitable.has(tenant.state) && Date.now() < deadline) await turn(deadline - Date.now(), waiters);
    send(200, { state: tenant.state });
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tenants,
    asked,
    add(given) {
      const tenant = { state: "awake", people: [], domains: [], token: `token-of-${given.id}`, ...given };
      tenants.set(tenant.id, tenant);
      return tenant;
    },
    turn(id, state) {
      tenants.get(id)!.state = state;
      turned();
    },
    close: () =>
      new Promise((resolve) => {
        waiters = [];
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const turn = (withinMs: number, waiters: (() => void)[]) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, withinMs);
    waiters.push(() => {
      clearTimeout(timer);
      resolve();
    });
  });

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? "{}" : text;
}
