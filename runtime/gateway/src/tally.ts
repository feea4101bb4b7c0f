import type { Attempt } from "./attempt.ts";
import { costAt } from "./stated-prices.ts";
import { addUsage, noUsage, type Usage } from "./usage.ts";

/** Sums what a call has used, broken attempts included: a provider may charge for an answer that broke off. Null: a price is not known. */
export class Tally {
  usage: Usage = noUsage;
  costUsd: number | null = 0;

  add(attempt: Attempt): void {
    const { usage, model, askedModel, target } = attempt;
    const cost = costAt(target.provider, [model, askedModel], usage);
    this.costUsd = cost === undefined || this.costUsd === null ? null : this.costUsd + cost;
    this.usage = this.usage === noUsage ? usage : addUsage(this.usage, usage);
  }
}
