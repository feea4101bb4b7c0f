/** Units: tokens. Input excludes what was read from or written to the prompt cache, as in Anthropic's API. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWrite5mTokens: number;
  cacheWrite1hTokens: number;
}

export const noUsage: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 };

/** Takes over what a `usage` object states; in a stream the later ones are cumulative and may leave fields out. */
export function mergeUsage(known: Usage, stated: unknown): Usage {
  if (typeof stated !== "object" || stated === null) return known;
  const of = stated as Record<string, unknown>;
  const written = writes(of);
  return {
    inputTokens: count(of["input_tokens"]) ?? known.inputTokens,
    outputTokens: count(of["output_tokens"]) ?? known.outputTokens,
    cacheReadTokens: count(of["cache_read_input_tokens"]) ?? known.cacheReadTokens,
    cacheWrite5mTokens: written?.fiveMinutes ?? known.cacheWrite5mTokens,
    cacheWrite1hTokens: written?.oneHour ?? known.cacheWrite1hTokens,
  };
}

/** Where only the sum is stated, all of it counts as written for five minutes, the standard. */
function writes(of: Record<string, unknown>): { fiveMinutes: number; oneHour: number } | undefined {
  const total = count(of["cache_creation_input_tokens"]);
  const split = of["cache_creation"] as Record<string, unknown> | null | undefined;
  const oneHour = count(split?.["ephemeral_1h_input_tokens"]);
  const fiveMinutes = count(split?.["ephemeral_5m_input_tokens"]);
  if (total === undefined && oneHour === undefined && fiveMinutes === undefined) return undefined;
  return { oneHour: oneHour ?? 0, fiveMinutes: fiveMinutes ?? Math.max(0, (total ?? 0) - (oneHour ?? 0)) };
}

const count = (value: unknown): number | undefined => (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined);

export const addUsage = (one: Usage, other: Usage): Usage => ({
  inputTokens: one.inputTokens + other.inputTokens,
  outputTokens: one.outputTokens + other.outputTokens,
  cacheReadTokens: one.cacheReadTokens + other.cacheReadTokens,
  cacheWrite5mTokens: one.cacheWrite5mTokens + other.cacheWrite5mTokens,
  cacheWrite1hTokens: one.cacheWrite1hTokens + other.cacheWrite1hTokens,
});

/** A message's usage and model, from a whole answer; undefined when it is no message. */
export function readMessage(body: Buffer): { usage: Usage; model: string | undefined } | undefined {
  const message = parseObject(body.toString("utf8"));
  if (message === undefined || (message["type"] !== "message" && !Array.isArray(message["content"]))) return undefined;
  return { usage: mergeUsage(noUsage, message["usage"]), model: typeof message["model"] === "string" ? message["model"] : undefined };
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
