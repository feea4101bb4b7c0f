import { execFile, spawn } from "node:child_process";
import { chownSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { createBoxHome, type BoxHome } from "../../tests/support/box-home.ts";
import { DockerHome } from "../../tests/support/backup-home.ts";
import { docker, images, root } from "../../tests/support/backup-images.ts";
import { until } from "../../tests/support/until.ts";

const execute = promisify(execFile);
export const tenant = "u1";
const bucket = "test-backups";
/** The service's clock is ahead by what stands in this file, in milliseconds. */
const clockFile = "/tmp/clock-ahead";

/** The home's backup service, PostgreSQL and bucket, on the volume of a home with tenants. */
class BenchHome extends DockerHome {
  managerUrl = "";
  tenantsVolume = "";

  static async open(tenantsVolume: string): Promise<BenchHome> {
    const home = new BenchHome();
    home.tenantsVolume = tenantsVolume;
    return DockerHome.prepare(home);
  }

  protected override extraMounts(): string[] {
    return ["--volume", `${this.tenantsVolume}:/tenants`];
  }

  protected override nodeArguments(): string[] {
    return ["--import", `file:///app/runtime/worker/src/testing/shifted-clock.ts?${encodeURIComponent(clockFile)}`];
  }

  protected override extraEnvironment(): Record<string, string> {
    const keys = { region: "us-east-1", accessKeyFile: "/run/secrets/s3-access-key", secretKeyFile: "/run/secrets/s3-secret-key" };
    const target = { name: "hourly", repository: `s3:http://bucket:4480/${bucket}/home`, schedule: "17 3 1 1 *", limits: { requests: 50_000 }, ...keys };
    return { MANAGER_URL: this.managerUrl, MANAGER_TOKEN_FILE: "/run/secrets/backup-token", BACKUP_TARGETS: JSON.stringify([target]) };
  }
}

/** One gap in the work of who writes in the tenant's container. Units: milliseconds, `at` since 1970: when it ended. */
export interface Gap {
  at: number;
  gapMs: number;
}

/** One time the container stood still, as Docker tells it. Units: milliseconds since 1970. */
export interface Pause {
  from: number;
  until: number;
}

export interface Place {
  home: BenchHome;
  box: BoxHome;
  plan: ReturnType<BoxHome["plan"]>;
  /** The tenant's folder on this machine. */
  folder: string;
  /** Runs a shell line where the contenders run: the service's own image, the tenants read-only, a volume of their own at /peers. */
  peer(script: string): Promise<string>;
  /** What a bucket's folder holds: name → size. */
  objects(repository: "home" | "plain"): Promise<Map<string, number>>;
  content(verb: "fill" | "day" | "hour", seed: number): Promise<void>;
  aheadBy(hours: number): Promise<void>;
  remove(): Promise<void>;
}

export async function createPlace(tenantImage: string, mb: number): Promise<Place> {
  const box = createBoxHome("bench-backup", { tenantImage, range: "10.219" });
  let home: BenchHome | undefined;
  const remove = async () => {
    await docker("rm", "--force", `${box.prefix}-peers`).catch(() => undefined);
    await docker("volume", "rm", "--force", `${box.prefix}-peers`).catch(() => undefined);
    await home?.destroy();
    box.remove();
  };
  try {
    home = await BenchHome.open(box.place.volume);
    chownSync(box.folder, 1_000, 1_000);
    const plan = box.plan(tenant, { memoryMb: 1_280, cpus: 0.5, diskMb: 16_384 });
    await box.box.prepare(plan);
    await startPeers(box, home.network);
    const ways = { box, plan, folder: join(box.folder, tenant), home, remove };
    return { ...ways, ...doings(box, home, mb) };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

async function startPeers({ prefix, place }: BoxHome, network: string): Promise<void> {
  const volume = await docker("volume", "create", `${prefix}-peers`);
  chownSync(await docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume), 1_000, 1_000);
  const access = { AWS_ACCESS_KEY_ID: "emulator", AWS_SECRET_ACCESS_KEY: "emulator-secret", AWS_DEFAULT_REGION: "us-east-1" };
  const repository = { RESTIC_REPOSITORY: `s3:http://bucket:4480/${bucket}/plain`, RESTIC_PASSWORD: "bench", RESTIC_CACHE_DIR: "/peers/cache", HOME: "/peers" };
  const environment = Object.entries({ ...access, ...repository }).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const mounts = ["--volume", `${place.volume}:/tenants:ro`, "--volume", `${volume}:/peers`, "--volume", `${root}:/app:ro`];
  const limits = ["--cap-drop", "ALL", "--memory", "512m", "--init", "--user", "1000"];
  await docker("run", "--detach", "--name", `${prefix}-peers`, "--network", network, ...limits, ...mounts, ...environment, images.backup, "sleep", "36000");
}

function doings(box: BoxHome, home: BenchHome, mb: number): Pick<Place, "peer" | "objects" | "content" | "aheadBy"> {
  const inTenants = ["--rm", "--network", "none", "--user", "1000", "--volume", `${root}:/app:ro`, "--volume", `${box.place.volume}:/tenants`];
  const script = ["node", "--disable-warning=ExperimentalWarning", "/app/bench/backup/home-content.ts"];
  return {
    peer: (line) => docker("exec", `${box.prefix}-peers`, "sh", "-euc", line),
    objects: async (repository) => {
      const find = `find /data/s3/${bucket}/${repository} -type f -name '*_object' -printf '%s %P\\n' 2>/dev/null || true`;
      const lines = (await docker("exec", home.name("bucket"), "sh", "-c", find)).split("\n").filter(Boolean);
      return new Map(lines.map((line) => [line.slice(line.indexOf(" ") + 1), Number(line.slice(0, line.indexOf(" ")))]));
    },
    content: async (verb, seed) => {
      await docker("run", ...inTenants, images.backup, ...script, verb, `/tenants/${tenant}/home`, String(mb), String(seed));
    },
    aheadBy: async (hours) => {
      await docker("exec", home.name("backup"), "sh", "-c", `echo ${hours * 3_600_000} > ${clockFile}.new && mv ${clockFile}.new ${clockFile}`);
      // The file is looked at twenty times a second.
      await new Promise((done) => setTimeout(done, 200));
    },
  };
}

/** Starts the service, which asks the manager at `managerUrl`. */
export async function startService({ home }: Place, managerUrl: string): Promise<void> {
  home.managerUrl = managerUrl;
  await home.startReady();
}

/** Where containers on a network reach this machine. */
export const gatewayOf = (network: string): Promise<string> => docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", network);

/** Starts OpenClaw and waits until a client would get an answer. Units: milliseconds. */
export async function startTenant({ box, plan }: Place): Promise<number> {
  const began = performance.now();
  await box.box.start(plan);
  await until("the tenant", () => box.box.isReady(tenant), { timeoutMs: 300_000, everyMs: 250 });
  return performance.now() - began;
}

/** Writes in the tenant's container until it is stopped; returns all of its gaps so far. */
export async function startWriter({ box, folder }: Place, rows: number): Promise<{ gaps: readonly Gap[]; stop: () => Promise<void> }> {
  // A folder that no backup takes.
  await execute("install", ["-D", "-o", "1000", "-g", "1000", join(import.meta.dirname, "writer.ts"), join(folder, "home/tmp/writer.ts")]);
  const inside = "/home/node/.openclaw";
  const argv = ["exec", "--interactive", box.nameOf(tenant), "node", "--disable-warning=ExperimentalWarning", `${inside}/tmp/writer.ts`, inside, String(rows)];
  const writer = spawn("docker", argv, { stdio: ["pipe", "pipe", "inherit"] });
  const gaps: Gap[] = [];
  createInterface({ input: writer.stdout }).on("line", (line) => void gaps.push(JSON.parse(line) as Gap));
  const ended = new Promise<void>((resolve) => void writer.once("close", () => resolve()));
  return { gaps, stop: () => (writer.stdin.end(), ended) };
}

/** Watches when the tenant's container stands still. */
export function watchPauses({ box }: Place): { pauses: readonly Pause[]; stop: () => void } {
  const filters = ["--filter", `container=${box.nameOf(tenant)}`, "--filter", "event=pause", "--filter", "event=unpause"];
  const events = spawn("docker", ["events", ...filters, "--format", "{{json .}}"], { stdio: ["ignore", "pipe", "inherit"] });
  const pauses: Pause[] = [];
  let from: number | undefined;
  createInterface({ input: events.stdout }).on("line", (line) => {
    const { Action: action, timeNano } = JSON.parse(line) as { Action: string; timeNano: number };
    if (action === "pause") from = timeNano / 1e6;
    else if (from !== undefined) pauses.push({ from, until: timeNano / 1e6 });
  });
  return { pauses, stop: () => void events.kill() };
}
