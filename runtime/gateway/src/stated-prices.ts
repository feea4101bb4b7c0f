import { z } from "zod";
import { toExpression } from "./model-map.ts";
import { costAtPrice, costOf, type Price } from "./prices.ts";
import type { Usage } from "./usage.ts";

const usd = () => z.number().min(0).max(100_000);

/** What a provider takes for a model, as its owner read it. Units: US dollars per million tokens. */
export const statedPrice = z.strictObject({
  asOf: z.iso.date("must be the day on which it was read, such as 2026-11-21"),
  input: usd(),
  output: usd(),
  cacheRead: usd().optional().describe("as input unless given"),
  cacheWrite: usd().optional().describe("as input unless given"),
});
export type StatedPrice = z.output<typeof statedPrice>;

/** The prices that the document states for a provider's models; a `*` in a name stands for any text, and the first match holds. */
export class StatedPrices {
  readonly #rows: readonly (readonly [RegExp, Price])[];

  constructor(stated: Readonly<Record<string, StatedPrice>> = {}) {
    this.#rows = Object.entries(stated).map(([name, price]) => [toExpression(name), toPrice(price)] as const);
  }

  find(model: string): Price | undefined {
    return this.#rows.find(([pattern]) => pattern.test(model))?.[1];
  }
}

/** Without a rebate that its owner knows of, what is cached costs as much as any input. */
const toPrice = ({ input, output, cacheRead = input, cacheWrite = input }: StatedPrice): Price => ({
  input,
  output,
  cacheRead,
  cacheWrite5m: cacheWrite,
  cacheWrite1h: cacheWrite,
});

export interface Priced {
  kind: string;
  traits: { isFree?: true };
  prices: StatedPrices;
}

/**
 * What a use costs at a provider: free there, else at the price that its owner states, else at list price; undefined where neither is known. A model may have
 * several names, of which the first that has a price counts. Units: US dollars.
 */
export function costAt({ kind, traits, prices }: Priced, models: readonly (string | undefined)[], usage: Usage): number | undefined {
  if (traits.isFree === true) return 0;
  const names = models.filter((name) => name !== undefined);
  for (const name of names) {
    const price = prices.find(name);
    if (price !== undefined) return costAtPrice(price, usage);
  }
  return costOf(kind, names[0], usage);
}
