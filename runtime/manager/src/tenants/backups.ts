import type { ServiceClient } from "@freehold/kernel/service-client";

/** The backup service, as far as tenants need it. */
export interface Backups {
  /** Resolves when a snapshot of the tenant is in the bucket. */
  make(tenantId: string): Promise<unknown>;
  /** Begins to bring a tenant back; the backup service then hands its files over. */
  restore(tenantId: string, request: RestoreRequest): Promise<unknown>;
}

export interface RestoreRequest {
  at?: string | undefined;
  snapshot?: string | undefined;
  into?: string | undefined;
}

const longestBackupMs = 30 * 60_000;

export function createBackups(http: ServiceClient): Backups {
  const path = (id: string, what: string) => `/tenants/${encodeURIComponent(id)}/${what}`;
  return {
    make: (id) => http.json(path(id, "backups"), { method: "POST", body: {}, headersTimeoutMs: longestBackupMs, bodyTimeoutMs: longestBackupMs }),
    restore: (id, { at, snapshot, into }) =>
      http.json(path(id, "restores"), {
        method: "POST",
        body: { ...(at !== undefined && { at }), ...(snapshot !== undefined && { snapshot }), ...(into !== undefined && { into }) },
      }),
  };
}
