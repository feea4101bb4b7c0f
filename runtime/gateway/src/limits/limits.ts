import { z } from "zod";

const count = () => z.int().min(1).max(1_000_000_000_000).optional();

/** Limits of a virtual key or of a provider; what is absent is not limited. Units: tokens and requests, in any 60 seconds and in a UTC day. */
export const limitsSchema = z
  .strictObject({ requestsPerMinute: count(), inputTokensPerMinute: count(), outputTokensPerMinute: count(), concurrent: count(), requestsPerDay: count() })
  .readonly();

export type Limits = z.output<typeof limitsSchema>;

/** What a window of a minute counts, in the order in which it stores them. */
export const measures = ["requests", "inputTokens", "outputTokens"] as const;
export type Measure = (typeof measures)[number];
/** Units: requests, tokens. */
export type Amounts = Readonly<Record<Measure, number>>;

export const noAmounts: Amounts = { requests: 0, inputTokens: 0, outputTokens: 0 };

const limitOf = { requests: "requestsPerMinute", inputTokens: "inputTokensPerMinute", outputTokens: "outputTokensPerMinute" } as const;

/** The limit of a measure in a minute, if it has one. */
export const perMinute = (limits: Limits, measure: Measure): number | undefined => limits[limitOf[measure]];

export function hasLimit(limits: Limits | undefined): limits is Limits {
  if (limits !== undefined) for (const name in limits) if (limits[name as keyof Limits] !== undefined) return true;
  return false;
}
