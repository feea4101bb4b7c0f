import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { Secret } from "@freehold/kernel/secret";
import { createBackupApp } from "../../runtime/backup/src/app.ts";
import { backupError } from "../../runtime/backup/src/errors.ts";
import type { Snapshot } from "../../runtime/backup/src/restic-output.ts";
import { Drill } from "../../runtime/backup/src/tenants/drill.ts";
import { Manager } from "../../runtime/backup/src/tenants/manager.ts";
import { TenantRestores } from "../../runtime/backup/src/tenants/restores.ts";
import { tallyOf } from "../../runtime/backup/src/tenants/tally.ts";
import { layoutOfTenants } from "../../runtime/backup/src/tenants/tenant-layout.ts";
import type { BoxPlan } from "../../runtime/manager/src/box/tenant-box.ts";
import { fault } from "../../runtime/manager/src/errors.ts";
import { startManager, type RunningManager } from "../../runtime/manager/src/testing/manager-place.ts";
import { MemoryBox } from "../../runtime/manager/src/testing/memory-box.ts";
import { Neighbours } from "../../runtime/manager/src/testing/neighbours.ts";
import { ownerToken, startConsole, type TestConsole } from "./console.ts";
import { createTestDatabase } from "./postgres.ts";
import { until } from "./until.ts";

export interface LogLine {
  event: string;
  fields: Record<string, unknown>;
}

/** The real manager, backup service and console, each over HTTP, that know one another; containers are in memory, restic plays a script. */
export interface TenantServices {
  manager: RunningManager;
  backup: { url: string; token: string; log: readonly LogLine[] };
  house: TestConsole;
  /** Every call that left the services' own code: of Docker, of restic and of the gateway. */
  outward: readonly string[];
  /** The manager's. */
  databaseUrl: string;
  /** Makes a tenant, and waits until it sleeps. */
  provide(id: string): Promise<void>;
  close(): Promise<void>;
}

const backupToken = "backup-token";

/** Homes are folders, so that restores really put one in another's place. */
class FolderBox extends MemoryBox {
  readonly #folder: string;
  readonly #outward: string[];

  constructor(folder: string, outward: string[]) {
    super(() => Date.now());
    this.#folder = folder;
    this.#outward = outward;
  }

  override async prepare(plan: BoxPlan): Promise<void> {
    this.#outward.push(`prepare ${plan.id}`);
    await super.prepare(plan);
    await mkdir(join(this.#folder, plan.id, "home"), { recursive: true });
  }

  override async start(plan: BoxPlan): Promise<void> {
    this.#outward.push(`start ${plan.id}`);
    await super.start(plan);
  }

  override async swapHome(id: string, fromFolder: string): Promise<void> {
    this.#outward.push(`swap ${id} ${fromFolder}`);
    const from = join(this.#folder, fromFolder);
    if (!existsSync(from)) throw fault("tenant.folder-missing", `There is no ${fromFolder}.`);
    await rm(join(this.#folder, id, "home"), { recursive: true, force: true });
    await mkdir(join(this.#folder, id), { recursive: true });
    await rename(from, join(this.#folder, id, "home"));
    this.homes.set(id, fromFolder);
  }

  override async erase(id: string): Promise<void> {
    this.#outward.push(`erase ${id}`);
    await super.erase(id);
    await rm(join(this.#folder, id), { recursive: true, force: true });
  }
}

export async function startTenantServices(settings: Record<string, string> = {}): Promise<TenantServices> {
  const closers: (() => Promise<unknown>)[] = [];
  const outward: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), "freehold-test-tenants-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const database = await createTestDatabase();
  closers.push(() => database.drop());
  const neighbours = new Neighbours();
  await neighbours.start();
  closers.push(() => neighbours.stop());
  const box = new FolderBox(folder, outward);
  const door = await openDoor();
  const urls = { DATABASE_URL: database.url, GATEWAY_URL: neighbours.url, BACKUP_URL: door.url };
  const manager = await startManager(box, { ...urls, TENANTS_MEMORY_MB: "10000000", ...settings });
  const backup = createBackup({ folder, box, outward, managerUrl: manager.url });
  door.serve(backup.app);
  closers.push(async () => {
    await manager.stop();
    await backup.stop();
    await door.close();
  });
  const away = "http://127.0.0.1:1";
  const upstreams = { worker: away, gateway: away, backup: door.url, manager: manager.url };
  const house = await startConsole({ clock: systemClock, upstreams, settings: { OWNER_TOKEN: ownerToken } });
  closers.push(() => house.close());
  await until("the tenants", async () => (await manager.call("GET", "/tenants")).status === 200);
  return {
    manager,
    backup: { url: door.url, token: backupToken, log: backup.log },
    house,
    outward,
    databaseUrl: database.url,
    provide: async (id) => {
      await manager.call("POST", "/tenants", { id });
      await until(`${id} to sleep`, async () => (await manager.call("GET", `/tenants/${id}`)).body["state"] === "asleep");
    },
    close: async () => {
      for (const close of closers.toReversed()) await close();
    },
  };
}

/** An address that is known before there is somebody to answer at it. */
async function openDoor() {
  let answer: RequestListener = (_request, response) => void response.writeHead(503).end();
  const server: Server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (listener: RequestListener) => void (answer = listener),
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

interface Ground {
  folder: string;
  box: MemoryBox;
  outward: string[];
  managerUrl: string;
}

/** The backup service's routes, restores and drills over a restic that has every home. */
function createBackup({ folder, box, outward, managerUrl }: Ground) {
  const lines: LogLine[] = [];
  const log = logInto(lines);
  const layout = layoutOfTenants(folder);
  const stop = new AbortController();
  const metrics = createMetrics();
  const shared = {
    layout,
    manager: new Manager({ url: managerUrl, token: new Secret("manager-token") }),
    temporaryDir: folder,
    log,
    clock: systemClock,
    signal: stop.signal,
  };
  const resticOf = () => ({
    restore: async ({ folder: from = "", target }: { folder?: string; target: string }) => {
      outward.push(`restic ${from}`);
      await mkdir(join(target, "home"), { recursive: true });
      await writeFile(join(target, "home", "note.md"), "as it was");
      await writeFile(join(target, "complete.json"), JSON.stringify({ tally: await tallyOf(join(target, "home")) }));
    },
  });
  const snapshots: Snapshot[] = [];
  const backups = {
    snapshot: async (target = "hourly") => {
      if (target !== "hourly") throw backupError("backup.unknown-target", `There is no target ${target}.`);
      outward.push("snapshot");
      const made = snapshotOf([...box.homes.keys()], snapshots.length);
      snapshots.unshift(made);
      return made;
    },
    list: async () => snapshots,
    lastError: null,
    running: false,
    nextRunAt: null,
    targets: () => [],
  };
  const restores = new TenantRestores({ ...shared, resticOf, retryAfterMs: () => 50 });
  const drill = new Drill({ ...shared, resticOf, fetchList: backups.list, metrics });
  const app = createBackupApp({ log, metrics, ready: async () => {}, token: new Secret(backupToken), backups, restores, drill });
  return {
    app,
    log: lines,
    stop: async () => {
      stop.abort();
      await restores.idle();
    },
  };
}

function snapshotOf(tenants: readonly string[], number: number): Snapshot {
  return {
    id: number.toString(16).padStart(8, "a").padEnd(64, "0"),
    target: "hourly",
    createdAt: new Date().toISOString(),
    sizeBytes: 1_000,
    addedBytes: 100,
    files: 10,
    durationMs: 5,
    databases: ["manager"],
    tenants: tenants.map((id) => ({ id, pauseMs: 12, files: 1, sizeBytes: 9 })),
    pauseMs: 12,
  };
}

function logInto(lines: LogLine[]): Log {
  const write = (event: string, fields: Record<string, unknown> = {}) => void lines.push({ event, fields });
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  return log;
}
