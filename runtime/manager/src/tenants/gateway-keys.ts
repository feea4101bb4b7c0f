import type { Budget, ModelUsage } from "@freehold/kernel/api/tenant";
import { AppError } from "@freehold/kernel/errors";
import type { ServiceClient } from "@freehold/kernel/service-client";
import { z } from "zod";

const minted = z.object({ id: z.string(), key: z.string() });
const listed = z.object({ keys: z.array(z.object({ id: z.string(), name: z.string() })) });
const requests = z.object({ requests: z.array(z.object({ startedAt: z.iso.datetime(), durationMs: z.number() })) });
const report = z.object({
  groups: z.array(
    z.object({
      name: z.string().nullable(),
      requests: z.number(),
      inputTokens: z.number(),
      outputTokens: z.number(),
      cacheReadTokens: z.number(),
      cacheWriteTokens: z.number(),
      costUsd: z.number(),
    }),
  ),
});

/** What a tenant's key may be used for, and for how much. */
export interface KeyLimits {
  budget: Budget;
  models: readonly string[];
}

/** The gateway's admin API, as far as tenants need it: each has one virtual key. */
export interface GatewayKeys {
  /** A new text for a tenant's key; a key of its own first if there is none. All other keys of its name are revoked. */
  renew(tenantId: string, known: { keyId: string | null; limits: KeyLimits }): Promise<{ id: string; key: string }>;
  tellLimits(keyId: string, limits: KeyLimits): Promise<void>;
  revoke(tenantId: string): Promise<void>;
  /** When its last call of a model ended; null for never. Units: milliseconds since 1970. */
  lastCallEndedAt(keyId: string): Promise<number | null>;
  /** Shape: days such as `2026-11-21`, both included. */
  usageOf(tenantId: string, span: { from: string; to: string }): Promise<ModelUsage>;
}

export const keyName = (tenantId: string) => `tenant/${tenantId}`;
const limit = 1_000;

const budgetOf = ({ dailyUsd, monthlyUsd }: Budget) => ({
  ...(dailyUsd === null ? {} : { dayUsd: dailyUsd }),
  ...(monthlyUsd === null ? {} : { monthUsd: monthlyUsd }),
});

const rulesOf = ({ budget, models }: KeyLimits) => ({ budget: budgetOf(budget), models });

export function createGatewayKeys(http: ServiceClient): GatewayKeys {
  const idsOf = async (tenantId: string) => {
    const { keys } = listed.parse(await http.json(`/admin/keys?of=owner&live=true&limit=${limit}`));
    return keys.filter(({ name }) => name === keyName(tenantId)).map(({ id }) => id);
  };
  const revokeOne = (id: string) => http.json<void>(`/admin/keys/${encodeURIComponent(id)}`, { method: "DELETE" }).catch(fineIfUnknown);
  const tellLimits = async (keyId: string, limits: KeyLimits) => {
    await http.json<unknown>(`/admin/keys/${encodeURIComponent(keyId)}`, { method: "PATCH", body: rulesOf(limits) }).catch(fineIfUnknown);
  };
  return {
    renew: async (tenantId, { keyId, limits }) => {
      const ids = await idsOf(tenantId);
      // The same key keeps what it has spent of its budget.
      const kept = keyId !== null && ids.includes(keyId) ? keyId : undefined;
      for (const id of ids) if (id !== kept) await revokeOne(id);
      if (kept !== undefined) {
        await tellLimits(kept, limits);
        return minted.parse(await http.json(`/admin/keys/${encodeURIComponent(kept)}/rotate`, { method: "POST", body: { graceSeconds: 0 } }));
      }
      const body = { name: keyName(tenantId), tenant: keyName(tenantId), ...rulesOf(limits) };
      return minted.parse(await http.json("/admin/keys", { method: "POST", body }));
    },
    tellLimits,
    revoke: async (tenantId) => {
      for (const id of await idsOf(tenantId)) await revokeOne(id);
    },
    lastCallEndedAt: async (keyId) => {
      const signal = AbortSignal.timeout(5_000);
      const { requests: found } = requests.parse(await http.json(`/admin/requests?limit=1&keyId=${encodeURIComponent(keyId)}`, { signal }));
      return found[0] === undefined ? null : Date.parse(found[0].startedAt) + found[0].durationMs;
    },
    usageOf: async (tenantId, { from, to }) => {
      const signal = AbortSignal.timeout(5_000);
      const { groups } = report.parse(await http.json(`/admin/usage/report?by=key&from=${from}&to=${to}`, { signal }));
      const own = groups.filter(({ name }) => name === keyName(tenantId));
      const sum = (of: keyof ModelUsage) => own.reduce((total, group) => total + group[of], 0);
      return {
        requests: sum("requests"),
        inputTokens: sum("inputTokens"),
        outputTokens: sum("outputTokens"),
        cacheReadTokens: sum("cacheReadTokens"),
        cacheWriteTokens: sum("cacheWriteTokens"),
        costUsd: sum("costUsd"),
      };
    },
  };
}

/** A key that the gateway does not know opens nothing. */
function fineIfUnknown(thrown: unknown): void {
  if (!(thrown instanceof AppError) || thrown.details?.["statusCode"] !== 404) throw thrown;
}
