import type { ContainerCreateOptions } from "dockerode";
import { digestOf, type ContainerRequest } from "./container-request.ts";

/** Where containers are made: the settings, and what the engine says of them. */
export interface Place {
  prefix: string;
  image: string;
  /** One per slot, in order. */
  networks: readonly string[];
  gatewayUrl: string;
  /** What tasks that need a way out are on; `none` where the home has no such network. */
  repositoryNetwork: string;
  memoryMb: number;
  cpus: number;
  pids: number;
  /** The engine's own unless given. */
  runtime?: string;
}

export const labels = {
  stack: "freehold.stack",
  job: "freehold.job",
  attempt: "freehold.attempt",
  slot: "freehold.slot",
  task: "freehold.task",
  digest: "freehold.digest",
} as const;

/** The stack that a name prefix stands for: `freehold-dev` → `dev`. */
export const stackOf = (prefix: string) => prefix.replace(/^freehold-/, "");

export const dockerName = (prefix: string, name: string) => `${prefix}-${name}`;

/** Everything that Docker is told about a job container, and nothing that a caller could use to loosen it. */
export function planContainer(name: string, request: ContainerRequest, place: Place, jobsFolder: string): ContainerCreateOptions {
  return {
    name: dockerName(place.prefix, name),
    Image: place.image,
    Hostname: "job",
    User: "1000:1000",
    WorkingDir: "/workspace",
    Cmd: [...request.argv],
    Env: environmentOf(request.env, place.gatewayUrl),
    Labels: labelsOf(request, place.prefix),
    StopSignal: "SIGINT",
    HostConfig: { ...hardening(place), Mounts: mountsOf(`${jobsFolder}/${request.jobId}`, request.mounts), NetworkMode: place.networks[request.slot - 1] },
  };
}

function environmentOf(env: ContainerRequest["env"], gatewayUrl: string): string[] {
  const all = { ...env, HOME: "/home/node", CLAUDE_CONFIG_DIR: "/claude", ANTHROPIC_BASE_URL: gatewayUrl };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted();
}

function labelsOf(request: ContainerRequest, prefix: string): Record<string, string> {
  return {
    [labels.stack]: stackOf(prefix),
    [labels.job]: request.jobId,
    [labels.attempt]: String(request.attempt),
    [labels.slot]: String(request.slot),
    [labels.digest]: digestOf(request),
  };
}

function mountsOf(folder: string, more: ContainerRequest["mounts"]) {
  const own = (name: string, readOnly: boolean) => bind(`${folder}/${name}`, `/${name}`, readOnly);
  return [own("workspace", false), own("claude", false), own("input", true), ...more.map((name) => own(name, true))];
}

export const bind = (source: string, target: string, readOnly: boolean) => ({ Type: "bind" as const, Source: source, Target: target, ReadOnly: readOnly });

export function hardening({ memoryMb, cpus, pids, runtime }: Pick<Place, "memoryMb" | "cpus" | "pids" | "runtime">) {
  const memory = memoryMb * 1_048_576;
  return {
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    Init: true,
    Memory: memory,
    MemorySwap: memory,
    NanoCpus: Math.round(cpus * 1e9),
    PidsLimit: pids,
    // Where memory runs out on the host itself, a job ends before the home's own services do.
    OomScoreAdj: 500,
    Tmpfs: {
      "/tmp": "rw,nosuid,nodev,exec,mode=1777",
      "/home/node": "rw,nosuid,nodev,exec,uid=1000,gid=1000,mode=0700",
    },
    RestartPolicy: { Name: "no" },
    LogConfig: logging,
    ...(runtime === undefined ? {} : { Runtime: runtime }),
  };
}

/**
 * `local` keeps a job's bytes as they are, where `json-file` replaces each character that its 16 KB pieces cut in two.
 * The size is out of reach on purpose: a rotated log would no longer be the one that byte offsets count in; the worker bounds it.
 */
const logging = { Type: "local", Config: { "max-size": "1000g", "max-file": "1", compress: "false" } };
