import { systemClock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { PeriodIds } from "./budgets/budget.ts";
import type { GatewaySettings } from "./config.ts";
import { KeyGate } from "./limits/key-gate.ts";
import type { Sums } from "./limits/ledger.ts";
import type { Limits } from "./limits/limits.ts";
import { MemoryLedger } from "./limits/memory-ledger.ts";
import { createLimitMeters } from "./limits/meters.ts";
import { SharedLedger } from "./limits/shared-ledger.ts";
import { ProviderGate } from "./limits/target-gate.ts";
import { Turnstiles } from "./limits/turnstiles.ts";
import { ValkeyLedger } from "./limits/valkey-ledger.ts";
import { ValkeyLink } from "./limits/valkey-link.ts";
import type { Gate, TargetGate } from "./pipeline.ts";
import { costAt } from "./stated-prices.ts";
import type { Usage } from "./usage.ts";
import type { Provider } from "./provider.ts";

export interface CallLimitsParts {
  settings: GatewaySettings;
  providers: readonly Provider[];
  /** Of the providers, with the limits that the document sets. */
  entries: readonly { name: string; limits?: Limits | undefined }[];
  /** Sums up the books; rejects when they are away. */
  loadSums: (subjectId: string, ids: PeriodIds) => Promise<Sums>;
  metrics: Metrics;
  log: Log;
}

export interface CallLimits {
  gate: Gate;
  targetGate: TargetGate;
  close(): void;
}

/** Units: milliseconds. */
const compareEveryMs = 60_000;
const renewalsPerLease = 3;

/** Puts limits and budgets together: ledgers, queues and gates, and what must be done now and then. */
export function createCallLimits({ settings, providers, entries, loadSums, metrics, log }: CallLimitsParts): CallLimits {
  const clock = systemClock;
  const meters = createLimitMeters(metrics);
  const turnstiles = new Turnstiles(settings.LIMIT_QUEUE, meters);
  const memory = new MemoryLedger();
  const { VALKEY_URL: url, VALKEY_PASSWORD: password, LIMIT_LEASE_MS: leaseMs } = settings;
  const link = url === undefined ? undefined : new ValkeyLink({ url, password, log, onChange: (isUp) => changed(isUp) });
  const shared = link && new ValkeyLedger(link, leaseMs);
  const ledger = new SharedLedger({ memory, shared, load: loadSums, clock, onFreed: (subjectId) => turnstiles.freed(subjectId) });
  const changed = (isUp: boolean) => {
    meters.shared(isUp);
    // What was granted meanwhile in memory is told, and what others have spent is learnt from the books.
    void ledger.renew().then(() => ledger.compare());
  };
  const reserving = { reservedOutputTokens: settings.RESERVED_OUTPUT_TOKENS, maxWaitMs: settings.LIMIT_WAIT_MS };
  const names = new Set(providers.filter(({ targets }) => targets.length > 0).map(({ name }) => name));
  const timers = [
    setInterval(() => void ledger.renew(), leaseMs / renewalsPerLease),
    setInterval(() => {
      turnstiles.forget();
      void ledger.compare();
    }, compareEveryMs),
  ];
  return {
    gate: new KeyGate({
      ledger,
      turnstiles,
      priceOf: (model, usage) => Math.max(0, ...providers.map((provider) => priceAt(provider, model, usage))),
      hasProvider: (name) => names.has(name),
      meters,
      log,
      clock,
      settings: reserving,
    }),
    targetGate: new ProviderGate({
      limits: new Map(entries.map((entry) => [entry.name, entry.limits])),
      ledger,
      turnstiles,
      meters,
      clock,
      settings: reserving,
    }),
    close() {
      for (const timer of timers) clearInterval(timer);
      link?.close();
    },
  };
}

/** What a use would cost at a provider; nothing where it can't be asked, or has no known price. */
function priceAt(provider: Provider, model: string | undefined, usage: Usage): number {
  const { targets, models } = provider;
  if (targets.length === 0 || model === undefined) return 0;
  return costAt(provider, [models.nameOf(model) ?? model], usage) ?? 0;
}
