import type { ModelUsage } from "@freehold/kernel/api/tenant";
import { AppError } from "@freehold/kernel/errors";
import type { GatewayKeys, KeyLimits } from "../tenants/gateway-keys.ts";

/** The gateway's keys of tenants, in memory. */
export class MemoryKeys implements GatewayKeys {
  readonly live = new Map<string, { tenantId: string } & KeyLimits>();
  readonly calls = new Map<string, number>();
  made = 0;
  away = false;

  async renew(tenantId: string, { keyId, limits }: { keyId: string | null; limits: KeyLimits }): Promise<{ id: string; key: string }> {
    if (this.away) throw new AppError("gateway.away", "The gateway is away.", { status: 502, retryable: true });
    this.made += 1;
    const id = keyId !== null && this.live.has(keyId) ? keyId : `key-${this.made}`;
    await this.revoke(tenantId);
    this.live.set(id, { tenantId, ...limits });
    return { id, key: `fh_${this.made}` };
  }

  async tellLimits(keyId: string, limits: KeyLimits): Promise<void> {
    const key = this.live.get(keyId);
    if (key !== undefined) Object.assign(key, limits);
  }

  async revoke(tenantId: string): Promise<void> {
    for (const [id, key] of this.live) if (key.tenantId === tenantId) this.live.delete(id);
  }

  async lastCallEndedAt(keyId: string): Promise<number | null> {
    return this.calls.get(keyId) ?? null;
  }

  async usageOf(): Promise<ModelUsage> {
    return { requests: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 };
  }
}
