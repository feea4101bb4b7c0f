import { AppError } from "@freehold/kernel/errors";
import { z } from "zod";
import type { Usage } from "../store/settle.ts";
import type { ServiceClient } from "@freehold/kernel/service-client";

const minted = z.object({ id: z.string(), key: z.string() });
const listed = z.object({ keys: z.array(z.object({ id: z.string(), name: z.string() })) });
const usage = z.object({
  costUsd: z.number().nullable().catch(null),
  provider: z.string().nullable().optional().catch(null),
  providers: z.array(z.string()).optional().catch(undefined),
});
const providers = z.object({
  active: z.string().nullable().catch(null),
  providers: z.array(z.object({ name: z.string(), configured: z.boolean(), state: z.string(), nextProbeAt: z.iso.datetime().nullable() })).catch([]),
});
/** Jobs share the answers that the gateway keeps. */
const tenant = "jobs";

/** The gateway's admin API, as far as jobs need it. */
export interface Gateway {
  mintKey(of: { jobId: string; attempt: number; expiresAtMs: number; budgetUsd: number | null }): Promise<{ id: string; key: string }>;
  /** Of a job's attempts up to that number, also those whose making was never heard of; a later one may run by now. */
  revokeKeys(jobId: string, upToAttempt: number): Promise<void>;
  usageOf(jobId: string): Promise<Usage>;
  /** When the first provider is asked again while none can be; null while one can. Units: milliseconds since 1970. */
  closedUntil(): Promise<number | null>;
}

export function createGatewayClient(http: ServiceClient): Gateway {
  return {
    mintKey: async ({ jobId, attempt, expiresAtMs, budgetUsd }) => {
      const budget = budgetUsd === null ? {} : { budget: { dayUsd: budgetUsd, monthUsd: budgetUsd } };
      const body = { name: `job ${jobId} attempt ${attempt}`, jobId, tenant, expiresAt: new Date(expiresAtMs).toISOString(), ...budget };
      return minted.parse(await http.json("/admin/keys", { method: "POST", body }));
    },
    revokeKeys: async (jobId, upToAttempt) => {
      const { keys } = listed.parse(await http.json(`/admin/keys?jobId=${encodeURIComponent(jobId)}&live=true&limit=1000`));
      for (const { id, name } of keys)
        if (Number(/ attempt (\d+)$/.exec(name)?.[1] ?? 0) <= upToAttempt)
          await http.json<void>(`/admin/keys/${encodeURIComponent(id)}`, { method: "DELETE" }).catch(fineIfUnknown);
    },
    usageOf: async (jobId) => {
      const signal = AbortSignal.timeout(5_000);
      const found = usage.parse(await http.json(`/admin/usage?jobId=${encodeURIComponent(jobId)}`, { signal }));
      const named = found.provider ?? found.providers?.join(", ");
      return { costUsd: found.costUsd, provider: named ?? providers.parse(await http.json("/admin/providers", { signal })).active };
    },
    closedUntil: async () => {
      const known = providers.parse(await http.json("/admin/providers", { signal: AbortSignal.timeout(5_000) })).providers.filter((one) => one.configured);
      const probes = known.flatMap(({ state, nextProbeAt }) => (state === "open" && nextProbeAt !== null ? Date.parse(nextProbeAt) : []));
      return known.length > 0 && probes.length === known.length ? Math.min(...probes) : null;
    },
  };
}

/** A key that the gateway does not know opens nothing. */
function fineIfUnknown(thrown: unknown): void {
  if (!(thrown instanceof AppError) || thrown.details?.["statusCode"] !== 404) throw thrown;
}
