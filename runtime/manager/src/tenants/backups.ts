import { AppError } from "@freehold/kernel/errors";
import type { CallOptions, ServiceClient } from "@freehold/kernel/service-client";
import { fault, type ErrorCode } from "../errors.ts";

/** The backup service, as far as tenants need it. */
export interface Backups {
  /** Resolves when a snapshot of the tenant is in the bucket. */
  make(tenantId: string, actor: string): Promise<unknown>;
  /** Begins to bring a tenant back; the backup service then hands its files over. */
  restore(tenantId: string, request: RestoreRequest, actor: string): Promise<unknown>;
}

export interface RestoreRequest {
  at?: string | undefined;
  snapshot?: string | undefined;
  into?: string | undefined;
}

const longestBackupMs = 30 * 60_000;

/** What the backup service refuses for a reason of the caller's, who shall hear that reason. */
const refusals = ["backup.unknown-tenant", "backup.unknown-snapshot", "backup.busy", "backup.no-tenants", "backup.over-budget"] as const satisfies ErrorCode[];

export function createBackups(http: ServiceClient): Backups {
  const post = async (id: string, what: string, more: CallOptions) => {
    try {
      return await http.json(`/tenants/${encodeURIComponent(id)}/${what}`, { method: "POST", ...more });
    } catch (thrown) {
      const refusal = thrown instanceof AppError ? refusals.find((code) => code === thrown.code) : undefined;
      throw refusal === undefined ? thrown : fault(refusal, (thrown as AppError).message, thrown);
    }
  };
  return {
    make: (id, actor) => post(id, "backups", { body: {}, actor, headersTimeoutMs: longestBackupMs, bodyTimeoutMs: longestBackupMs }),
    restore: (id, { at, snapshot, into }, actor) =>
      post(id, "restores", {
        body: { ...(at !== undefined && { at }), ...(snapshot !== undefined && { snapshot }), ...(into !== undefined && { into }) },
        actor,
      }),
  };
}
