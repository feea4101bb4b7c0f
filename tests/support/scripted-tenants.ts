import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

const minute = 60_000;

/** A tenant as the manager shows it. */
export function aTenant(id: string, more: Record<string, unknown> = {}): Record<string, unknown> & { id: string; state: string } {
  const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * minute).toISOString();
  return {
    id,
    name: id,
    people: [],
    domains: [],
    state: "asleep",
    desired: "asleep",
    image: "freehold/tenant:2f1c9ab31c07",
    generation: 3,
    memoryMb: 1_280,
    cpus: 0.5,
    diskMb: 2_048,
    internet: true,
    idleMinutes: 30,
    budget: { dailyUsd: null, monthlyUsd: null },
    usage: { memoryMb: 0, cpuPercent: 0, diskMb: 212 },
    lastActiveAt: at(90),
    createdAt: at(40_000),
    readyAt: at(90),
    removeAt: null,
    lastBackupAt: at(500),
    problem: null,
    ...more,
  };
}

const models = { requests: 12, inputTokens: 81_000, outputTokens: 4_200, cacheReadTokens: 0, cacheWriteTokens: 0 };

/** A server in the manager's place that plays some tenants and does at once what it is told. */
export interface ScriptedTenants {
  url: string;
  tenants: Map<string, ReturnType<typeof aTenant>>;
  /** What was to be changed: method, path and body. */
  changes: { what: string; body: unknown; actor: string | undefined }[];
  close(): Promise<void>;
}

const becomes: Readonly<Record<string, Record<string, unknown>>> = {
  wake: { state: "awake", desired: "awake" },
  start: { state: "awake", desired: "awake" },
  restart: { state: "waking", desired: "awake" },
  hibernate: { state: "asleep", desired: "asleep" },
  stop: { state: "stopped", desired: "stopped" },
  keep: { state: "asleep", desired: "asleep", removeAt: null },
  restore: { state: "restoring" },
};

export async function startScriptedTenants(known: readonly ReturnType<typeof aTenant>[]): Promise<ScriptedTenants> {
  const tenants = new Map(known.map((tenant) => [tenant.id, tenant]));
  const changes: ScriptedTenants["changes"] = [];
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const { pathname } = new URL(request.url ?? "/", "http://manager");
      const [, , id = "", action = ""] = pathname.split("/");
      const body = text === "" ? undefined : (JSON.parse(text) as Record<string, unknown>);
      if (request.method !== "GET")
        changes.push({ what: `${request.method} ${request.url}`, body, actor: request.headers["x-freehold-user"] as string | undefined });
      const [status, answer] = answerTo({ method: request.method ?? "", id, action, body }, tenants);
      const isText = typeof answer === "string";
      response.writeHead(status, { "content-type": isText ? "text/plain; charset=utf-8" : "application/json" }).end(isText ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tenants,
    changes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Asked {
  method: string;
  id: string;
  action: string;
  body: Record<string, unknown> | undefined;
}

function answerTo({ method, id, action, body }: Asked, tenants: ScriptedTenants["tenants"]): [number, unknown] {
  if (id === "" && method === "GET") return [200, { tenants: [...tenants.values()], nextCursor: null }];
  if (id === "") {
    const made = aTenant(String(body?.["id"]), { ...body, name: body?.["name"] ?? body?.["id"], state: "provisioning" });
    tenants.set(made.id, made);
    return [201, { ...made, token: "fhtt_shown-this-once" }];
  }
  const tenant = tenants.get(id);
  if (tenant === undefined) return [404, { code: "tenant.unknown", status: 404, detail: `There is no tenant ${id}.` }];
  if (method === "PATCH") Object.assign(tenant, body);
  if (method === "DELETE")
    Object.assign(tenant, { state: "removing", desired: "removed", removeAt: new Date(Date.now() + 7 * 24 * 60 * minute).toISOString() });
  if (method !== "GET" && becomes[action] !== undefined) Object.assign(tenant, becomes[action]);
  if (action === "token") return [201, { token: "fhtt_another" }];
  if (action === "usage") return [200, usageOf(tenant)];
  if (action === "events") return [200, { events: eventsOf(), nextBefore: null }];
  if (action === "logs") return [200, "[gateway] ready\n[agent] hello\n"];
  if (action === "diagnostics")
    return [
      200,
      { findings: [{ severity: "warning", code: "box.disk", what: "Its files take 91 % of what they may.", cure: "Give it more, or let it tidy up." }] },
    ];
  return [200, tenant];
}

const usageOf = ({ memoryMb, diskMb, state }: ReturnType<typeof aTenant>) => ({
  memoryMb: state === "awake" ? 830 : 0,
  memoryLimitMb: memoryMb,
  cpuPercent: state === "awake" ? 3.4 : 0,
  cpuLimitPercent: 50,
  pids: 37,
  diskMb: 212,
  diskLimitMb: diskMb,
  models: { today: { ...models, costUsd: 0.08 }, month: { ...models, costUsd: 2.41 } },
});

const eventsOf = () =>
  ["ready", "wake", "fell-asleep", "backed-up", "provisioned"].map((kind, index) => ({
    id: 100 - index,
    at: new Date(Date.now() - (index + 1) * 17 * minute).toISOString(),
    actor: kind === "wake" ? "door" : "manager",
    kind,
    detail: kind === "ready" ? { generation: 3, tookMs: 11_400 } : {},
  }));

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
