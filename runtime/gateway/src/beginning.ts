import type { Attempt } from "./attempt.ts";
import type { Call } from "./call.ts";
import { estimateInputTokens } from "./limits/estimate.ts";
import { costAt } from "./stated-prices.ts";
import type { Tally } from "./tally.ts";
import { addUsage, noUsage, type Usage } from "./usage.ts";

/** Who is about to answer a call, and what it will have cost at least. Null: the price of a model is not known. */
export interface Beginning {
  provider: string;
  model: string | undefined;
  usage: Usage;
  costUsd: number | null;
}

/** What is known when a provider is about to be asked: what was used before, and roughly what it will read. */
export function beginningOf({ body, fields }: Call, { target: { provider }, askedModel }: Attempt, { usage, costUsd }: Tally): Beginning {
  const asked = { ...noUsage, inputTokens: estimateInputTokens(body) };
  const cost = costAt(provider, [askedModel], asked);
  return {
    provider: provider.name,
    model: fields.model,
    usage: addUsage(usage, asked),
    costUsd: cost === undefined || costUsd === null ? null : costUsd + cost,
  };
}
