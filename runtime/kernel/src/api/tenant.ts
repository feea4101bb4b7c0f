/** What the API says about tenants: the manager answers it, the console and the command line read it. */

export const tenantStates = [
  "provisioning",
  "asleep",
  "waiting",
  "waking",
  "awake",
  "falling-asleep",
  "stopped",
  "failed",
  "restoring",
  "removing",
  "removed",
] as const;
export type TenantState = (typeof tenantStates)[number];

/** What a tenant shall be: `asleep` may be woken by a visitor, `stopped` only by a person who is asked for it. */
export const desires = ["awake", "asleep", "stopped", "removed"] as const;
export type Desire = (typeof desires)[number];

export interface Budget {
  dailyUsd: number | null;
  monthlyUsd: number | null;
}

/** What a tenant takes of the machine, as last measured. */
export interface Usage {
  memoryMb: number;
  /** Of one CPU. */
  cpuPercent: number;
  diskMb: number;
}

/** Code and words of what went wrong last; null when nothing is wrong. */
export interface Problem {
  code: string;
  message: string;
}

/** Shape: times are ISO 8601. */
export interface Tenant {
  id: string;
  name: string;
  people: string[];
  domains: string[];
  state: TenantState;
  desired: Desire;
  image: string;
  generation: number;
  memoryMb: number;
  cpus: number;
  diskMb: number;
  internet: boolean;
  idleMinutes: number;
  budget: Budget;
  usage: Usage | null;
  lastActiveAt: string | null;
  createdAt: string;
  readyAt: string | null;
  removeAt: string | null;
  lastBackupAt: string | null;
  problem: Problem | null;
}

export interface TenantPage {
  tenants: Tenant[];
  nextCursor: string | null;
}

export interface ModelUsage {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  costUsd: number;
}

/** What a tenant takes of the machine and of the models. Units: MB, percent of one CPU. */
export interface TenantUsage {
  memoryMb: number;
  memoryLimitMb: number;
  cpuPercent: number;
  cpuLimitPercent: number;
  pids: number;
  diskMb: number | null;
  diskLimitMb: number;
  /** Null while the gateway is away. */
  models: { today: ModelUsage; month: ModelUsage } | null;
}

/** One thing that was done to a tenant, and by whom. */
export interface ListedEvent {
  id: number;
  at: string;
  actor: string;
  kind: string;
  detail: Record<string, unknown>;
}

export const findingSeverities = ["info", "warning", "critical"] as const;

/** One thing that the doctor found: what is so, and what to do about it. */
export interface Finding {
  severity: (typeof findingSeverities)[number];
  /** Stable, for tests and for the console. Shape: `box.<what>`. */
  code: string;
  what: string;
  cure: string;
}
