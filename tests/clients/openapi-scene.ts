import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import type { OpenApiDocument } from "@freehold/kernel/openapi";
import { Secret } from "@freehold/kernel/secret";
import { createBackupApp } from "../../runtime/backup/src/app.ts";
import { adminToken, answering, startGateway, streamHeaders, upstreamKey, wholeStream } from "../../runtime/gateway/src/testing/fixtures.ts";
import { successOf, WorkerPlace } from "../../runtime/worker/src/testing/worker-place.ts";
import { ownerToken, startConsole } from "../support/console.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startScriptedMetrics } from "../support/scripted-metrics.ts";
import { startUpstream } from "../support/scripted-upstream.ts";
import { until } from "../support/until.ts";

export interface ApiScene {
  url: string;
  token: string;
  readDocument(): Promise<OpenApiDocument>;
  /** Ids of things that are there, and of one that isn't, for the parameter of a path; undefined where any text is as good. */
  idsFor(path: string): string[] | undefined;
  close(): Promise<void>;
}

const unknownId = "0193a1b2-0000-7000-8000-00000000dead";
/** Where notices of a test go: nobody listens there, and it is nobody else's. */
const nowhere = "http://127.0.0.1:1/topic";
const each = [1, 2, 3, 4, 5, 6];

/** The console before the real worker and the real gateway on the real PostgreSQL, with jobs, schedules and keys in it. Containers, the provider, restic and the figures play a script. */
export async function openApiScene(): Promise<ApiScene> {
  const closers: (() => Promise<unknown>)[] = [];
  const opened = async <T>(thing: T, close: (thing: T) => Promise<unknown>): Promise<T> => {
    closers.push(() => close(thing));
    return thing;
  };
  const database = await opened(await createTestDatabase(), (made) => made.drop());
  const place = await opened(new WorkerPlace(database.url), (made) => made.stop());
  await place.start();
  place.manager.onStart = (name) => {
    place.manager.print(name, successOf("done"));
    place.manager.exit(name, 0);
  };
  const worker = await place.worker({ JOB_SLOTS: "8", POLL_MS: "300", SWEEP_MS: "2000" });
  const provider = await opened(await startUpstream(answering((response) => void response.writeHead(200, streamHeaders).end(wholeStream.join("")))), (made) =>
    made.close(),
  );
  const gateway = await opened(await startGateway({ ANTHROPIC_API_KEY: upstreamKey, ANTHROPIC_BASE_URL: provider.url }), (made) => made.close());
  const backup = await opened(await startBackup(), (made) => made.close());
  const metrics = await opened(await startScriptedMetrics(), (made) => made.close());
  const upstreams = { worker: worker.url, backup: backup.url, gateway: gateway.url };
  const house = await opened(
    await startConsole({ clock: { now: () => Date.now() }, upstreams, settings: { GATEWAY_ADMIN_TOKEN: adminToken, METRICS_URL: metrics.url } }),
    (made) => made.close(),
  );
  await until("the worker to be ready", async () => (await worker.call("GET", "/health/ready")).ok);
  // A paused queue would keep every log open for good.
  const resuming = setInterval(() => void worker.call("POST", "/api/queue/resume", {}).catch(() => undefined), 300);
  closers.push(async () => clearInterval(resuming));

  const headers = { authorization: `Bearer ${ownerToken}`, "content-type": "application/json" };
  const call = async (method: string, path: string, body?: object) =>
    (await house.call(method, path, { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })).json;
  const made = async (path: string, body: (index: number) => object): Promise<string[]> => {
    const ids: string[] = [];
    for (const index of each) ids.push(((await call("POST", path, body(index))) as { id?: string }).id ?? "");
    return [...ids.filter((id) => id !== ""), unknownId];
  };
  const ids: Record<string, string[]> = {
    "/api/jobs/": await made("/api/jobs", (index) => ({ prompt: `job ${index}` })),
    "/api/schedules/": await schedulesOf(worker.call),
    "/api/models/keys/": await made("/api/models/keys", (index) => ({ name: `key ${index}` })),
    "/api/templates/": await templatesOf(worker.call),
    "/api/notices/channels/": await made("/api/notices/channels", (index) => ({ name: `hook ${index}`, kind: "webhook", url: nowhere, events: [] })),
    "/api/notices/deliveries/": ["1", "999"],
    "/api/approvals/": [unknownId],
    "/api/repositories/credentials/": ["github", "missing"],
    "/api/models/requests/": [unknownId],
    "/api/models/providers/": ["anthropic", "nobody"],
    "/api/tokens/": await made("/api/tokens", (index) => ({ name: `token ${index}` })),
    "/api/invitations/": await made("/api/invitations", (index) => ({ name: `guest ${index}`, role: "viewer" })),
    "/api/members/": ["owner", unknownId],
    "/api/sessions/": [unknownId],
  };
  return {
    url: house.url,
    token: ownerToken,
    readDocument: async () => onlyHere(await call("GET", "/api/openapi.json")) as OpenApiDocument,
    idsFor: (path) => (path.includes("{") ? Object.entries(ids).find(([prefix]) => path.startsWith(`${prefix}{`))?.[1] : undefined),
    close: async () => {
      for (const close of closers.toReversed()) await close();
    },
  };
}

async function templatesOf(call: (method: string, path: string, body?: unknown) => Promise<Response>): Promise<string[]> {
  const { templates } = (await (await call("GET", "/api/templates")).json()) as { templates: { name: string }[] };
  return [...templates.map(({ name }) => name), "missing"];
}

async function schedulesOf(call: (method: string, path: string, body?: unknown) => Promise<Response>): Promise<string[]> {
  const ids: string[] = [];
  for (const index of each)
    ids.push(
      ((await (await call("POST", "/api/schedules", { name: `nightly ${index}`, schedule: "@yearly", prompt: "tidy up" })).json()) as { id: string }).id,
    );
  return [...ids, unknownId];
}

/** The document with this machine as the only place that messages may be sent to: what is tried here must not reach strangers. */
function onlyHere(value: unknown, name = ""): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => onlyHere(item));
  const { type } = value as { type?: unknown };
  if (name === "url" && type === "string") return { type, enum: [nowhere] };
  if (name === "host" && type === "string") return { type, enum: ["127.0.0.1"] };
  return Object.fromEntries(Object.entries(value).map(([field, held]) => [field, onlyHere(held, field)]));
}

/** The backup service's own routes over an engine that plays a script. */
async function startBackup() {
  const snapshot = {
    id: "9f2c41d7be30aa51",
    target: "main",
    createdAt: "2026-11-21T12:00:00.000Z",
    sizeBytes: 48_213_004,
    addedBytes: 182_331,
    files: 1_284,
    durationMs: 3_412,
    databases: ["gateway", "worker", "console"],
    tenants: [],
    pauseMs: 0,
  };
  const backups = { snapshot: async () => snapshot, list: async () => [snapshot], lastError: null, running: false, nextRunAt: null, targets: () => [] };
  const parts = {
    log: silentLog,
    metrics: createMetrics(),
    ready: async () => {},
    token: new Secret("backup-token"),
    backups,
    restores: undefined,
    drill: undefined,
  };
  const server = createServer(createBackupApp(parts));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
