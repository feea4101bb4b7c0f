import { backupError } from "../errors.ts";
import type { Snapshot } from "../restic-output.ts";

/** Which state of a tenant is asked for: a moment, or a snapshot by its id; the newest unless given. */
export interface Asked {
  /** Shape: ISO 8601: a date, which means until its end in UTC, or a time with its offset. */
  at?: string | undefined;
  /** Shape: 8 to 64 hexadecimal digits. */
  snapshot?: string | undefined;
}

const dayMs = 86_400_000;

/** The newest snapshot that holds the tenant and is not younger than what was asked for. `snapshots` come newest first. Throws: AppErrors `backup.unknown-tenant`, `backup.unknown-snapshot`. */
export function chooseForTenant(tenant: string, { at, snapshot }: Asked, snapshots: readonly Snapshot[]): Snapshot {
  const holders = snapshots.filter(({ tenants }) => tenants.some(({ id }) => id === tenant));
  const newest = holders[0];
  if (newest === undefined) throw backupError("backup.unknown-tenant", `No snapshot holds a tenant ${tenant}.`);
  if (snapshot !== undefined) return byId(tenant, snapshot, holders);
  if (at === undefined) return newest;
  const until = lastMomentOf(at);
  const found = holders.find(({ createdAt }) => Date.parse(createdAt) <= until);
  if (found !== undefined) return found;
  throw backupError("backup.unknown-snapshot", `The oldest snapshot of ${tenant} is of ${holders.at(-1)?.createdAt}; there is none at or before ${at}.`);
}

/** Units: milliseconds since 1970. */
export const lastMomentOf = (at: string): number => (/^\d{4}-\d\d-\d\d$/.test(at) ? Date.parse(`${at}T00:00:00Z`) + dayMs - 1 : Date.parse(at));

function byId(tenant: string, asked: string, holders: readonly Snapshot[]): Snapshot {
  const matching = holders.filter(({ id }) => id.startsWith(asked));
  if (matching[0] !== undefined && matching.every(({ id }) => id === matching[0]?.id)) return matching[0];
  const problem = matching.length === 0 ? "No snapshot that begins with" : "Several snapshots begin with";
  throw backupError(
    "backup.unknown-snapshot",
    `${problem} ${asked} ${matching.length === 0 ? "holds" : "and hold"} ${tenant}; GET /tenants/${tenant}/backups lists them.`,
  );
}
