/** How long an answer of these models may be at most. Source: Anthropic's model overview, as of each model's release. Units: tokens. */
const mostTokens: readonly (readonly [RegExp, number])[] = [
  [/^claude-3-(?:opus|sonnet|haiku)/, 4_096],
  [/^claude-3-5-/, 8_192],
];

/** Anthropic wants a limit where OpenAI's callers may leave it out: one that every later model takes. Units: tokens. */
const usualTokens = 32_000;

export const maxTokensOf = (model: string): number => mostTokens.find(([name]) => name.test(model))?.[1] ?? usualTokens;
