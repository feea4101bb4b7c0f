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

/** Units: MB, minutes, US dollars. */
export interface Tenant {
  id: string;
  name: string;
  people: string[];
  domains: string[];
  state: TenantState;
  desired: "awake" | "asleep" | "stopped" | "removed";
  image: string;
  generation: number;
  memoryMb: number;
  cpus: number;
  diskMb: number;
  internet: boolean;
  idleMinutes: number;
  budget: { dailyUsd: number | null; monthlyUsd: number | null };
  usage: { memoryMb: number; cpuPercent: number; diskMb: number } | null;
  lastActiveAt: string | null;
  createdAt: string;
  readyAt: string | null;
  removeAt: string | null;
  lastBackupAt: string | null;
  problem: { code: string; message: string } | null;
}

export interface TenantWish {
  id: string;
  name?: string;
  people?: string[];
  memoryMb?: number;
  internet?: boolean;
  budget?: { dailyUsd: number | null; monthlyUsd: number | null };
}

export interface TenantPage {
  tenants: Tenant[];
  nextCursor: string | null;
}

/** What one did with models. */
interface ModelUse {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
}

export interface TenantUsage {
  memoryMb: number;
  memoryLimitMb: number;
  cpuPercent: number;
  cpuLimitPercent: number;
  pids: number;
  diskMb: number | null;
  diskLimitMb: number;
  models: { today: ModelUse; month: ModelUse } | null;
}

export interface TenantEvent {
  id: number;
  at: string;
  actor: string;
  kind: string;
  detail: Record<string, unknown>;
}

export interface TenantFinding {
  severity: "info" | "warning" | "critical";
  code: string;
  what: string;
  cure: string;
}
