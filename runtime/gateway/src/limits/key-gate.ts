import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import { capsOf, periodIdsAt, toNano, warningsOf, type Budget, type Spent } from "../budgets/budget.ts";
import type { Call } from "../call.ts";
import type { Ending } from "../ending.ts";
import { refusal } from "../errors.ts";
import { allowsModel, type KeyRules } from "../key-rules.ts";
import type { AnswerHeaders } from "../outlet.ts";
import type { Denial, Gate, Grant } from "../pipeline.ts";
import type { Usage } from "../usage.ts";
import { noUsage } from "../usage.ts";
import { estimateInputTokens, reservedAmounts, type Expected } from "./estimate.ts";
import { refusalOf } from "./key-refusals.ts";
import type { Subject, Use } from "./ledger.ts";
import { limitHeaders } from "./limit-headers.ts";
import { hasLimit, type Limits } from "./limits.ts";
import type { LimitMeters } from "./meters.ts";
import { nothingUsed, type Reservation, type Reserved, type SharedLedger } from "./shared-ledger.ts";
import type { Turnstiles } from "./turnstiles.ts";

export interface KeyGateParts {
  ledger: Pick<SharedLedger, "reserve">;
  turnstiles: Turnstiles;
  /** What a use of a model costs at most, whoever answers. Units: US dollars. */
  priceOf: (model: string | undefined, usage: Usage) => number;
  /** Whether there is a provider of this name. */
  hasProvider: (name: string) => boolean;
  meters: LimitMeters;
  log: Log;
  clock: Clock;
  /** A call reserves no more output than this, whatever its `max_tokens` says. Units: tokens, milliseconds. */
  settings: { reservedOutputTokens: number; maxWaitMs: number };
}

const freeGrant: Grant = { settle() {}, release() {} };
const noLimits: Limits = {};

/** The limits, the budget and the scopes of a caller's key. A key without any costs a call nothing. */
export class KeyGate implements Gate {
  readonly #parts: KeyGateParts;
  /** Which warnings were given, so that each is logged once. */
  readonly #warned = new Map<string, string>();

  constructor(parts: KeyGateParts) {
    this.#parts = parts;
  }

  reserve(call: Call): Grant | Denial | Promise<Grant | Denial> {
    const { rules } = call.key;
    if (rules === undefined) return freeGrant;
    if (rules.models !== undefined && call.route.hasBody && !allowsModel(rules.models, modelOf(call))) return denyModel(rules.models, modelOf(call));
    const providers = rules.providers === undefined ? undefined : new Set(rules.providers);
    if (rules.providers?.some((name) => this.#parts.hasProvider(name)) === false) return denyProvider(rules.providers);
    if (call.route.name !== "messages" || (!hasLimit(rules.limits) && !isBounded(rules.budget)))
      return providers === undefined ? freeGrant : { ...freeGrant, providers };
    return this.#admit(call, rules, providers);
  }

  #admit(call: Call, rules: KeyRules, providers: ReadonlySet<string> | undefined): Grant | Denial | Promise<Grant | Denial> {
    const { ledger, turnstiles, settings, meters } = this.#parts;
    const limits = rules.limits ?? noLimits;
    const subject: Subject = { id: `key:${call.key.id}`, limits, caps: capsOf(rules.budget) };
    const expected = this.#expect(call);
    const costNano = rules.budget === undefined ? 0 : this.#costNano(call, expected);
    const demand = { id: call.id, amounts: reservedAmounts(limits, expected), costNano };
    let made: AbortController | undefined;
    const left = () => (made ??= new AbortController());
    const began = performance.now();
    const passed = turnstiles.of(subject.id, "key").enter({
      lane: "",
      try: () => tried(ledger.reserve(subject, demand)),
      undo: (granted) => granted !== "unchecked" && granted.settle(nothingUsed),
      maxWaitMs: settings.maxWaitMs,
      signal: () => left().signal,
    });
    const judge = (outcome: Awaited<typeof passed>): Grant | Denial => {
      meters.reserved("key", performance.now() - began);
      if ("refused" in outcome) {
        meters.refused("key", outcome.refused.short);
        return { refused: refusalOf(outcome.refused, { limits, budget: rules.budget }, this.#parts.clock.now()) };
      }
      return outcome.granted === "unchecked" ? denyUnchecked() : this.#grant(call, rules, { reservation: outcome.granted, providers });
    };
    if (!(passed instanceof Promise)) return judge(passed);
    call.outlet.on("close", () => left().abort());
    return passed.then(judge);
  }

  #grant(call: Call, rules: KeyRules, { reservation, providers }: { reservation: Reservation; providers: ReadonlySet<string> | undefined }): Grant {
    const { standing } = reservation;
    const headers = {
      ...(rules.limits === undefined ? {} : limitHeaders(rules.limits, standing, this.#parts.clock.now())),
      ...this.#warn(call, rules.budget, standing.spent),
    };
    return {
      headers,
      ...(providers === undefined ? {} : { providers }),
      settle: (ending) => void this.#warn(call, rules.budget, reservation.settle(useOf(ending))),
      release: () => void reservation.settle(nothingUsed),
    };
  }

  /** Says, logs and counts that a budget is nearly used up; the log and the metric once for each key and period. */
  #warn({ key }: Call, budget: Budget | undefined, spent: Spent): AnswerHeaders {
    if (budget === undefined) return {};
    const { meters, log, clock } = this.#parts;
    const warnings = warningsOf(budget, spent, periodIdsAt(clock.now()));
    for (const { period, id, usedPercent, limitUsd } of warnings) {
      if (this.#warned.get(`${period} ${key.id}`) === id) continue;
      this.#warned.set(`${period} ${key.id}`, id);
      meters.warned(period);
      log.warn("budget.nearly-used", { keyId: key.id, period, usedPercent, limitUsd });
    }
    if (warnings.length === 0) return {};
    return { "x-freehold-budget-warning": warnings.map(({ period, usedPercent, limitUsd }) => `${usedPercent}% of $${limitUsd} a ${period} used`).join(", ") };
  }

  #expect({ body, fields }: Call): Expected {
    const most = this.#parts.settings.reservedOutputTokens;
    return { inputTokens: estimateInputTokens(body), outputTokens: Math.min(fields.maxTokens ?? most, most) };
  }

  #costNano({ fields }: Call, { inputTokens, outputTokens }: Expected): number {
    return toNano(this.#parts.priceOf(fields.model, { ...noUsage, inputTokens, outputTokens }));
  }
}

/** In a body that names a field twice, a provider may read another model than we do. */
const modelOf = ({ fields }: Call): string | undefined => (fields.members === undefined ? undefined : fields.model);

const isBounded = (budget: Budget | undefined): boolean => budget?.dayUsd !== undefined || budget?.monthUsd !== undefined;

/** An unchecked budget ends a call's waiting as a grant would; it is told apart afterwards. */
function tried(reserved: Reserved | Promise<Reserved>) {
  const read = (known: Reserved) => ("unchecked" in known ? { granted: "unchecked" as const } : known);
  return reserved instanceof Promise ? reserved.then(read) : read(reserved);
}

/** What was read from a prompt cache does not count against input tokens, as at Anthropic. */
export function amountsOf({ inputTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens }: Usage): Use["amounts"] {
  return { requests: 1, inputTokens: inputTokens + cacheWrite5mTokens + cacheWrite1hTokens, outputTokens };
}

const useOf = ({ usage, costUsd }: Ending): Use => ({ amounts: amountsOf(usage), costNano: toNano(costUsd ?? 0) });

const denyModel = (allowed: readonly string[], model: string | undefined): Denial => ({
  refused: refusal(
    "scope.model",
    `This key may not use ${model === undefined ? "a model that is not named" : `the model ${model}`}; it may use ${allowed.join(", ").slice(0, 500)}.`,
  ),
});

const denyProvider = (allowed: readonly string[]): Denial => ({
  refused: refusal(
    "scope.provider",
    `This key may only use ${allowed.join(", ").slice(0, 500)}, which this home does not have; ask its owner to change the key.`,
  ),
});

const denyUnchecked = (): Denial => ({
  refused: refusal("budget.unchecked", "The gateway can't check this key's budget now, because its database is away. Try again in a moment."),
});
