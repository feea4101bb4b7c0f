import type { Desire, Tenant, TenantState, Usage } from "@freehold/kernel/api/tenant";

/** A tenant as the database has it. */
export interface TenantRow {
  id: string;
  name: string;
  people: string[];
  domains: string[];
  state: TenantState;
  stateAt: Date;
  desired: Desire;
  generation: number;
  image: string | null;
  goodImage: string | null;
  memoryMb: number;
  cpus: number;
  diskMb: number;
  internet: boolean;
  idleMinutes: number;
  dailyUsd: number | null;
  monthlyUsd: number | null;
  subnetIndex: number | null;
  reservedMb: number;
  tokenHash: string;
  tokenSealed: string;
  keyId: string | null;
  keySealed: string | null;
  keyStale: boolean;
  /** Models that its key was last limited to. Shape: separated by commas. */
  keyModels: string | null;
  createdAt: Date;
  readyAt: Date | null;
  lastActiveAt: Date | null;
  dueAt: Date | null;
  removeAt: Date | null;
  keptDesired: Desire | null;
  finalBackup: "none" | "wanted" | "done";
  lastBackupAt: Date | null;
  restoreFolder: string | null;
  preparedFor: string | null;
  problemCode: string | null;
  problemMessage: string | null;
  deaths: Date[];
  nextTryAt: Date | null;
  usage: Usage | null;
  /** Made for a drill alone. */
  scratch: boolean;
}

const iso = (time: Date | null) => time?.toISOString() ?? null;

export function viewOf(row: TenantRow, homeImage: string): Tenant {
  const { id, name, people, domains, state, desired, generation, memoryMb, cpus, diskMb, internet, idleMinutes, usage } = row;
  return {
    id,
    name,
    people,
    domains,
    state,
    desired,
    image: row.image ?? homeImage,
    generation,
    memoryMb,
    cpus,
    diskMb,
    internet,
    idleMinutes,
    budget: { dailyUsd: row.dailyUsd, monthlyUsd: row.monthlyUsd },
    usage,
    lastActiveAt: iso(row.lastActiveAt),
    createdAt: row.createdAt.toISOString(),
    readyAt: iso(row.readyAt),
    removeAt: iso(row.removeAt),
    lastBackupAt: iso(row.lastBackupAt),
    problem: row.problemCode === null ? null : { code: row.problemCode, message: row.problemMessage ?? "" },
  };
}
