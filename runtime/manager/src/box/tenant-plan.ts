import type { ContainerCreateOptions } from "dockerode";
import { addressOf, egressPort, labels, openClawPort, stackOf, tenantName, type BoxPlace } from "./box-place.ts";
import type { BoxPlan } from "./tenant-box.ts";

/** Where OpenClaw's state lies in every tenant: it writes absolute paths into it, so a restored home must find the same. */
export const stateFolder = "/home/node/.openclaw";

/** What the doctor compares a running container with: the plan, less what is secret or can change without a new container. */
export type RecordedPlan = Omit<BoxPlan, "env" | "config">;

/** Everything that Docker is told about a tenant's container, and nothing that a tenant or a caller could use to loosen it. */
export function planTenant(plan: BoxPlan, place: BoxPlace, tenantsFolder: string): ContainerCreateOptions {
  const name = tenantName(place.prefix, plan.id);
  return {
    name,
    Image: plan.image,
    // The gateway's lease in the tenant's state is bound to it.
    Hostname: `tenant-${plan.id}`,
    User: "1000:1000",
    WorkingDir: stateFolder,
    Cmd: ["/opt/freehold/run-tenant"],
    Env: environmentOf(plan),
    Labels: {
      [labels.stack]: stackOf(place.prefix),
      [labels.tenant]: plan.id,
      [labels.generation]: String(plan.generation),
      [labels.plan]: JSON.stringify(recorded(plan)),
    },
    StopSignal: "SIGTERM",
    Healthcheck: health,
    HostConfig: {
      ...confinement(plan, place),
      NanoCpus: nanoCpus(Math.max(plan.cpus, place.startCpus ?? 0)),
      Mounts: [{ Type: "bind", Source: `${tenantsFolder}/${plan.id}/home`, Target: stateFolder, ReadOnly: false }],
    },
    NetworkingConfig: {
      EndpointsConfig: { [name]: { Aliases: [`tenant-${plan.id}`], IPAMConfig: { IPv4Address: addressOf(plan.subnet, "tenant") } } },
    },
  };
}

function recorded({ env: _env, config: _config, ...rest }: BoxPlan): RecordedPlan {
  return rest;
}

/** What a container's labels say it was made from; undefined where they don't. */
export function recordedPlan(found: Readonly<Record<string, string>>): RecordedPlan | undefined {
  try {
    return JSON.parse(found[labels.plan] ?? "") as RecordedPlan;
  } catch {
    return undefined;
  }
}

/** What a plan's own environment can't change. */
const fixedEnvironment = {
  HOME: "/home/node",
  XDG_CACHE_HOME: `${stateFolder}/cache`,
  OPENCLAW_STATE_DIR: stateFolder,
  OPENCLAW_GATEWAY_PORT: String(openClawPort),
  OPENCLAW_DISABLE_BONJOUR: "1",
  OPENCLAW_NO_RESPAWN: "1",
  OPENCLAW_NO_AUTO_UPDATE: "1",
  NODE_COMPILE_CACHE: "/opt/openclaw/compiled",
  // Without this it would start itself a second time, with a process more that stays.
  OPENCLAW_PACKAGED_COMPILE_CACHE_RESPAWNED: "1",
} as const;

function environmentOf({ env, subnet, internet }: BoxPlan): string[] {
  const proxy = `http://egress:${egressPort}`;
  const outside = internet
    ? { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, http_proxy: proxy, https_proxy: proxy, NODE_USE_ENV_PROXY: "1", ...withoutProxy(subnet) }
    : {};
  return Object.entries({ ...env, ...fixedEnvironment, ...outside })
    .map(([name, value]) => `${name}=${value}`)
    .toSorted();
}

function withoutProxy(subnet: string) {
  const names = ["gateway", "localhost", "127.0.0.1", "::1", addressOf(subnet, "tenant"), addressOf(subnet, "gateway")].join(",");
  return { NO_PROXY: names, no_proxy: names };
}

const seconds = 1_000_000_000;

/**
 * The probe waits for OpenClaw by itself, so that its start is seen at once although Docker before 25 knows no other interval while a container starts.
 * Units: nanoseconds.
 */
const health = {
  Test: ["CMD", "/opt/freehold/probe"],
  Interval: 8 * seconds,
  Timeout: 100 * seconds,
  StartPeriod: 300 * seconds,
  StartInterval: 1 * seconds,
  Retries: 3,
};

/**
 * gVisor has a network stack of its own, which does not see the rules by which Docker's resolver is reached: names of neighbours are then in /etc/hosts.
 * Source: gVisor's FAQ on user-defined networks, 2026.
 */
const neighbours = (subnet: string, internet: boolean) =>
  (["gateway", ...(internet ? (["egress"] as const) : [])] as const).map((name) => `${name}:${addressOf(subnet, name)}`);

/** Docker's unit of processors. */
export const nanoCpus = (cpus: number) => Math.round(cpus * 1e9);

/** The walls of the container; the doctor reads the same fields of what runs. */
export function confinement({ id, memoryMb, cpus, pids, diskMb, subnet, internet }: RecordedPlan, { prefix, runtime }: Pick<BoxPlace, "prefix" | "runtime">) {
  const memory = memoryMb * 1_048_576;
  return {
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    Privileged: false,
    Init: true,
    IpcMode: "private",
    CgroupnsMode: "private" as const,
    Memory: memory,
    MemorySwap: memory,
    NanoCpus: nanoCpus(cpus),
    PidsLimit: pids,
    // Where memory runs out on the host itself, a tenant ends before the home's own services do.
    OomScoreAdj: 500,
    Ulimits: [
      { Name: "nofile", Soft: 16_384, Hard: 16_384 },
      { Name: "core", Soft: 0, Hard: 0 },
      { Name: "fsize", Soft: diskMb * 1_048_576, Hard: diskMb * 1_048_576 },
    ],
    Tmpfs: {
      "/tmp": "rw,nosuid,nodev,exec,size=256m,mode=1777",
      "/home/node": "rw,nosuid,nodev,exec,size=64m,uid=1000,gid=1000,mode=0700",
    },
    NetworkMode: tenantName(prefix, id),
    // Names on its network are answered by the engine; any other name would be asked of the host's resolver, which is a way out.
    Dns: ["127.0.0.1"],
    RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
    LogConfig: { Type: "local", Config: { "max-size": "10m", "max-file": "3", compress: "false" } },
    ...(runtime === undefined ? {} : { Runtime: runtime, ExtraHosts: neighbours(subnet, internet) }),
  };
}
