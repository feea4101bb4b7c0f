import type { TenantRow } from "../tenant.ts";

/** The columns of a tenant's row by their names in the program; its domains are a table of their own. */
export const columns: Readonly<Record<Exclude<keyof TenantRow, "domains">, string>> = {
  id: "id",
  name: "name",
  people: "people",
  state: "state",
  stateAt: "state_at",
  desired: "desired",
  generation: "generation",
  image: "image",
  goodImage: "good_image",
  memoryMb: "memory_mb",
  cpus: "cpus",
  diskMb: "disk_mb",
  internet: "internet",
  idleMinutes: "idle_minutes",
  dailyUsd: "daily_usd",
  monthlyUsd: "monthly_usd",
  subnetIndex: "subnet_index",
  reservedMb: "reserved_mb",
  tokenHash: "token_hash",
  tokenSealed: "token_sealed",
  keyId: "key_id",
  keySealed: "key_sealed",
  keyStale: "key_stale",
  keyModels: "key_models",
  createdAt: "created_at",
  readyAt: "ready_at",
  lastActiveAt: "last_active_at",
  dueAt: "due_at",
  removeAt: "remove_at",
  keptDesired: "kept_desired",
  finalBackup: "final_backup",
  lastBackupAt: "last_backup_at",
  restoreFolder: "restore_folder",
  preparedFor: "prepared_for",
  problemCode: "problem_code",
  problemMessage: "problem_message",
  deaths: "deaths",
  nextTryAt: "next_try_at",
  usage: "usage",
  scratch: "scratch",
};

/** The fields of a row that a statement sets or compares. */
export type Fields = Partial<Omit<TenantRow, "domains">>;

export const namesOf = (fields: Fields) => Object.keys(fields) as (keyof typeof columns)[];

export const valueOf = (fields: Fields, name: keyof typeof columns): unknown => {
  const value = fields[name] ?? null;
  return name === "usage" && value !== null ? JSON.stringify(value) : value;
};

const shown = Object.entries(columns).map(([name, column]) => `tenants.${column} as "${name}"`);

/** What every answer of a tenant's row has; begins a `select` and ends a `returning`. */
export const rowColumns = `${shown.join(", ")}, array(select domain from tenant_domains where tenant_id = tenants.id order by domain) as domains`;
