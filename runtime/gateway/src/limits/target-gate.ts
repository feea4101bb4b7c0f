import type { Clock } from "@freehold/kernel/clock";
import { capsOf } from "../budgets/budget.ts";
import type { Call } from "../call.ts";
import type { Full, Pass, TargetGate } from "../pipeline.ts";
import type { Target } from "../provider.ts";
import type { Usage } from "../usage.ts";
import { estimateInputTokens, reservedAmounts } from "./estimate.ts";
import { amountsOf } from "./key-gate.ts";
import type { Refused, Subject } from "./ledger.ts";
import { hasLimit, noAmounts, type Amounts, type Limits } from "./limits.ts";
import type { LimitMeters } from "./meters.ts";
import { nothingUsed, type SharedLedger } from "./shared-ledger.ts";
import type { Turnstiles, Passed } from "./turnstiles.ts";
import { tellsLimits, UpstreamWindow } from "./upstream-window.ts";

export interface ProviderGateParts {
  /** By the provider's name. */
  limits: ReadonlyMap<string, Limits | undefined>;
  ledger: Pick<SharedLedger, "reserve">;
  turnstiles: Turnstiles;
  meters: LimitMeters;
  clock: Clock;
  /** Units: tokens, milliseconds. */
  settings: { reservedOutputTokens: number; maxWaitMs: number };
}

const freePass: Pass = { leave() {} };
const noLimits: Limits = {};
/** Models that a provider's answers have told of; each has limits of its own there. */
const mostWindows = 1_000;

/** The limits of providers: those that the owner set, and those that their answers tell. */
export class ProviderGate implements TargetGate {
  readonly #parts: ProviderGateParts;
  readonly #windows = new Map<string, UpstreamWindow>();

  constructor(parts: ProviderGateParts) {
    this.#parts = parts;
  }

  enter(call: Call, target: Target, model: string | undefined, queueUntil?: AbortSignal): Pass | Full | Promise<Pass | Full> {
    if (call.route.name !== "messages") return freePass;
    const { limits } = this.#parts;
    const own = limits.get(target.provider.name);
    const window = this.#windows.get(windowId(target, model));
    if (!hasLimit(own) && window === undefined) return freePass;
    return this.#queue(call, { own: own ?? noLimits, target, window, queueUntil });
  }

  observe(target: Target, model: string | undefined, { headers }: { status: number; headers: Record<string, string | string[] | undefined> }): void {
    if (!tellsLimits(headers)) return;
    const id = windowId(target, model);
    let window = this.#windows.get(id);
    if (window === undefined) {
      window = new UpstreamWindow();
      this.#windows.set(id, window);
      if (this.#windows.size > mostWindows) for (const oldest of this.#windows.keys()) return void this.#windows.delete(oldest);
    }
    window.observe(headers, this.#parts.clock.now());
  }

  #queue(call: Call, { own, target, window, queueUntil }: Entering): Pass | Full | Promise<Pass | Full> {
    const { turnstiles, settings, meters } = this.#parts;
    const subject: Subject = { id: `provider:${target.provider.name}`, limits: own, caps: capsOf(undefined) };
    const amounts = this.#amounts(call, own);
    const began = performance.now();
    const passed = turnstiles.of(subject.id, "provider").enter({
      lane: call.key.id,
      try: () => this.#try(call, { subject, amounts, window }),
      undo: (granted) => granted !== "unchecked" && granted.settle(nothingUsed),
      maxWaitMs: queueUntil === undefined ? 0 : settings.maxWaitMs,
      signal: queueUntil && (() => queueUntil),
    });
    const judge = (outcome: { granted: Passed } | { refused: Refused }): Pass | Full => {
      meters.reserved("provider", performance.now() - began);
      if ("granted" in outcome) return passOf(outcome.granted);
      meters.refused("provider", outcome.refused.short);
      return { waitMs: outcome.refused.short === "day" ? msToMidnight(this.#parts.clock.now()) : Math.max(1_000, outcome.refused.waitMs) };
    };
    return passed instanceof Promise ? passed.then(judge) : judge(passed);
  }

  #try(call: Call, { subject, amounts, window }: { subject: Subject; amounts: Amounts; window: UpstreamWindow | undefined }) {
    const { ledger, clock } = this.#parts;
    const waitMs = window?.waitMs(amounts, clock.now()) ?? 0;
    if (waitMs > 0) return { refused: { short: "requests" as const, waitMs } };
    const leave = window?.enter(amounts);
    const read = (reserved: Awaited<ReturnType<SharedLedger["reserve"]>>): { granted: Passed } | { refused: Refused } => {
      if (!("granted" in reserved)) leave?.();
      // Without the books a provider's day can't be told; its own refusal then is the limit.
      if ("unchecked" in reserved) return { granted: "unchecked" };
      if ("refused" in reserved) return reserved;
      const { standing, settle } = reserved.granted;
      return {
        granted: {
          standing,
          settle: (use) => {
            leave?.();
            return settle(use);
          },
        },
      };
    };
    const reserved = ledger.reserve(subject, { id: call.id, amounts, costNano: 0 });
    return reserved instanceof Promise ? reserved.then(read) : read(reserved);
  }

  #amounts({ body, fields }: Call, own: Limits): Amounts {
    const most = this.#parts.settings.reservedOutputTokens;
    return reservedAmounts(own, { inputTokens: estimateInputTokens(body), outputTokens: Math.min(fields.maxTokens ?? most, most) });
  }
}

interface Entering {
  own: Limits;
  target: Target;
  window: UpstreamWindow | undefined;
  queueUntil: AbortSignal | undefined;
}

const windowId = ({ name }: Target, model: string | undefined): string => `${name} ${model ?? ""}`;

const passOf = (granted: Passed): Pass =>
  granted === "unchecked"
    ? freePass
    : { leave: (usage: Usage | undefined) => granted.settle({ amounts: usage === undefined ? { ...noAmounts, requests: 1 } : amountsOf(usage), costNano: 0 }) };

const msToMidnight = (now: number): number => 86_400_000 - (now % 86_400_000);
