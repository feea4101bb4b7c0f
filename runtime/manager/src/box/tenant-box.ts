import type { Finding } from "@freehold/kernel/api/tenant";
/** A model that the tenant's assistant may choose, as the gateway names it. Units: tokens. */
export interface OfferedModel {
  id: string;
  name: string;
  contextWindow: number;
  maxTokens: number;
  images: boolean;
}

/** What differs between tenants in their openclaw.json; all else follows from the plan and the place. */
export interface OpenClawSettings {
  /** Where the tenant's page may be opened. Shape: `https://u1.home.example`, with the port where it is not 443. */
  origins: readonly string[];
  /** The first is the default. */
  models: readonly [OfferedModel, ...OfferedModel[]];
}

/** Everything that a tenant's container, network and home follow from. */
export interface BoxPlan {
  id: string;
  /** Raised with every change that needs a new container. */
  generation: number;
  image: string;
  /** The tenant's own network, the same at each start. Shape: a /28 in CIDR. */
  subnet: string;
  /** Units: MiB; no swap on top, and files in memory count. */
  memoryMb: number;
  cpus: number;
  pids: number;
  /** Units: MiB. The kernel refuses a single larger file at once; the sum is watched. */
  diskMb: number;
  /** Whether it meets the egress proxy. */
  internet: boolean;
  /** Shape: at least OPENCLAW_GATEWAY_TOKEN and FREEHOLD_KEY; visible to whoever may inspect containers, so no key of a provider. */
  env: Readonly<Record<string, string>>;
  config: OpenClawSettings;
}

export const boxRunStates = ["running", "paused", "exited"] as const;

/** A tenant's container, or what a crash has left of one, as Docker has it now. Shape: times are ISO 8601. */
export interface BoxState {
  id: string;
  /** 0 where only the network is left. */
  generation: number;
  /** `exited` also where the container was never started, or only the network is left; then `startedAt` is null. */
  state: (typeof boxRunStates)[number];
  exitCode: number | null;
  oomKilled: boolean;
  startedAt: string | null;
}

/** Units: `cpuPercent` is of one CPU, since the last time it was asked. */
export interface BoxUsage {
  memoryMb: number;
  cpuPercent: number;
  pids: number;
}

/** What the manager can do with tenants' containers. Docker is the truth; every call may be repeated, also after a crash half-way. */
export interface TenantBox {
  /** Makes the home folder and openclaw.json, and leaves alone what the tenant changed there beyond the fields that are ours. */
  prepare(plan: BoxPlan): Promise<void>;
  /** Network, members, container. Replaces a container of another generation; joins members again that were made anew; leaves a paused one paused. */
  start(plan: BoxPlan): Promise<void>;
  /** Brings services of the home that were made anew, by an update for instance, back onto the networks of the tenants that run. Cheap; for every round. */
  rejoin(): Promise<void>;
  /** Whether a client would get its page and a WebSocket now. */
  isReady(id: string): Promise<boolean>;
  /** Ends the container (un-paused first), and removes it and its network. */
  stop(id: string, graceMs: number): Promise<void>;
  pause(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  list(): Promise<BoxState[]>;
  /** Throws: `tenant.not-running`. */
  usage(id: string): Promise<BoxUsage>;
  /** Units: MiB of the home folder on the disk. */
  diskMb(id: string): Promise<number>;
  /** The same for several at once, in one run; those without a home are left out. */
  disks(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The newest lines of stdout and stderr, those of before it ended by itself included; empty where nothing is known. */
  logs(id: string, lines: number): Promise<string>;
  /** What is wrong with the container that runs, compared with the plan it was made from; nothing is run inside it. */
  diagnose(id: string): Promise<Finding[]>;
  /** Removes the home folder and the homes it replaced. Throws: `tenant.running` while it has a container. */
  erase(id: string): Promise<void>;
  /**
   * Puts a restored folder in the place of the home, which is kept as `replaced-<time>` for a day. `fromFolder` is relative to the volume and lies in `.restore/`.
   * Throws: `tenant.running` while it has a container; `tenant.folder-missing`.
   */
  swapHome(id: string, fromFolder: string): Promise<void>;
  /** When the assistant's schedules are due next, as its home says while it sleeps; null where nothing is. Units: milliseconds since 1970. */
  nextDue(id: string): Promise<number | null>;
  /** Removes the homes that were replaced more than a day ago. */
  tidy(): Promise<void>;
  /** Removes short-lived containers that a killed manager has left, or one whose engine went away in the middle. Cheap; for every round. */
  removeLeft(): Promise<void>;
}
