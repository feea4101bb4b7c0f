import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/**
 * A manager with tenants that are real processes, for tests and measurements of backups: freezing stops all of a tenant's processes by signal,
 * a lease lets them go on, a restored home takes the place of the old one by renaming. Started as: manager-stand-in.ts <tenants folder> <port>.
 */
const [tenantsDir = "/tenants", port = "4030"] = process.argv.slice(2);

interface StandIn {
  id: string;
  state: "awake" | "asleep";
  readyAt: string | null;
  writer: ChildProcess | undefined;
  lease: { id: string; at: number; timer: NodeJS.Timeout } | undefined;
}

const tenants = new Map<string, StandIn>();
const counts = { freezes: 0, expired: 0, restored: 0, backedUp: 0 };
/** How long the next freeze waits with its answer, so that somebody can look meanwhile. Units: milliseconds. */
let answerAfterMs = 0;
const homeOf = (id: string) => join(tenantsDir, id, "home");

function create(id: string): StandIn {
  const known = tenants.get(id);
  if (known !== undefined) return known;
  mkdirSync(homeOf(id), { recursive: true });
  const tenant: StandIn = { id, state: "asleep", readyAt: null, writer: undefined, lease: undefined };
  tenants.set(id, tenant);
  return tenant;
}

/** `rows` is how many rows a second the tenant's processes write into each of its databases. */
function wake(tenant: StandIn, rows: number): void {
  if (tenant.writer !== undefined) return;
  tenant.state = "awake";
  tenant.readyAt = new Date().toISOString();
  const program = join(import.meta.dirname, "tenant-writer.ts");
  tenant.writer = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, homeOf(tenant.id), String(rows)], { stdio: "inherit" });
}

function sleep(tenant: StandIn): Promise<void> {
  const { writer } = tenant;
  tenant.state = "asleep";
  tenant.writer = undefined;
  if (writer === undefined || writer.exitCode !== null || writer.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    writer.once("exit", () => resolve());
    writer.kill("SIGCONT");
    writer.kill("SIGTERM");
  });
}

function release(tenant: StandIn): number {
  const { lease } = tenant;
  if (lease === undefined) return 0;
  clearTimeout(lease.timer);
  tenant.lease = undefined;
  tenant.writer?.kill("SIGCONT");
  return performance.now() - lease.at;
}

/** All threads of a stopped process stand still a moment after the signal. */
async function stopped(pid: number): Promise<void> {
  while (readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0] !== "T") await new Promise((resolve) => setImmediate(resolve));
}

async function freeze(tenant: StandIn, leaseMs: number): Promise<object> {
  counts.freezes += 1;
  const at = performance.now();
  tenant.writer?.kill("SIGSTOP");
  if (tenant.writer?.pid !== undefined) await stopped(tenant.writer.pid);
  const timer = setTimeout(() => {
    counts.expired += 1;
    release(tenant);
  }, leaseMs);
  tenant.lease = { id: randomUUID(), at, timer };
  await new Promise((resolve) => setTimeout(resolve, answerAfterMs));
  answerAfterMs = 0;
  return { lease: tenant.lease?.id ?? randomUUID(), frozen: tenant.writer !== undefined, pausedAt: new Date().toISOString() };
}

async function restored(tenant: StandIn, folder: string): Promise<object> {
  if (!existsSync(join(tenantsDir, folder))) return view(tenant);
  await sleep(tenant);
  rmSync(join(tenantsDir, tenant.id, "replaced"), { recursive: true, force: true });
  if (existsSync(homeOf(tenant.id))) renameSync(homeOf(tenant.id), join(tenantsDir, tenant.id, "replaced"));
  renameSync(join(tenantsDir, folder), homeOf(tenant.id));
  counts.restored += 1;
  return view(tenant);
}

const view = ({ id, state, readyAt, lease }: StandIn) => ({ id, state, readyAt, paused: lease !== undefined });

interface Asked {
  id?: string;
  leaseMs?: number;
  lease?: string;
  folder?: string;
  rows?: number;
}

async function answer(method: string, path: string, body: Asked): Promise<[number, object]> {
  const [, , id = "", verb = ""] = path.split("?")[0]?.split("/") ?? [];
  if (path === "/counts") return [200, counts];
  if (method === "POST" && path === "/tenants") return [201, view(create(body.id ?? ""))];
  if (!path.startsWith("/tenants")) return [404, { detail: "no such route" }];
  if (id === "") return [200, { tenants: [...tenants.values()].map(view), nextCursor: null }];
  const tenant = tenants.get(id);
  if (tenant === undefined) return [404, { detail: "no such tenant" }];
  switch (verb) {
    case "":
      return [200, view(tenant)];
    case "wake":
      return [200, (wake(tenant, body.rows ?? 0), view(tenant))];
    case "sleep":
      return [200, (await sleep(tenant), view(tenant))];
    case "slow":
      answerAfterMs = 3_500;
      return [200, {}];
    case "freeze":
      return [200, await freeze(tenant, body.leaseMs ?? 1_000)];
    case "thaw":
      return tenant.lease?.id === body.lease ? [200, { pausedMs: release(tenant) }] : [410, { detail: "that lease is over" }];
    case "restored":
      return [200, await restored(tenant, body.folder ?? "")];
    case "backed-up":
      counts.backedUp += 1;
      return [200, {}];
    default:
      return [404, { detail: "no such route" }];
  }
}

const server = createServer(async (request: IncomingMessage, response) => {
  const given = await text(request);
  const [status, body] = await answer(request.method ?? "GET", request.url ?? "/", given === "" ? {} : JSON.parse(given)).catch(
    (thrown: Error) => [500, { detail: thrown.message }] as const,
  );
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
});
server.listen(Number(port));
process.once("SIGTERM", () => process.exit(0));
