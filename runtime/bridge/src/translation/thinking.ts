import type { Effort, Thinking } from "../anthropic/request.ts";
import type { Profile } from "../gemini/profiles.ts";
import { thinkingLevels, type ThinkingConfig, type ThinkingLevel } from "../gemini/types.ts";

/** What of the thinking the caller gets: a summary, only the signature that the next turn needs, or nothing. */
export type ThinkingShown = "summary" | "signature" | "nothing";

export interface ThinkingPlan {
  config: ThinkingConfig | undefined;
  shown: ThinkingShown;
}

const levelOfEffort: Record<Effort, ThinkingLevel> = { low: "LOW", medium: "MEDIUM", high: "HIGH", xhigh: "HIGH", max: "HIGH" };
/** Units: tokens of a budget that a model of the 2.5 family gets for an effort. */
const budgetOfEffort: Record<Effort, number> = { low: 1_024, medium: 8_192, high: 24_576, xhigh: 32_768, max: 32_768 };

/**
 * Anthropic's thinking and effort in Gemini's terms. Gemini 3 and later always think: `disabled` becomes their lowest level.
 * Without either setting the model keeps its own default.
 */
export function planThinking(thinking: Thinking | undefined, effort: Effort | undefined, { thinking: control }: Profile): ThinkingPlan {
  const shown = shownOf(thinking);
  const steer = control.by === "level" ? byLevel(thinking, effort, control.levels) : byBudget(thinking, effort, control);
  const config = { ...steer, ...(shown === "summary" ? { includeThoughts: true } : {}) };
  return { config: Object.keys(config).length === 0 ? undefined : config, shown };
}

function shownOf(thinking: Thinking | undefined): ThinkingShown {
  if (thinking === undefined || thinking.type === "disabled") return "nothing";
  return "display" in thinking && thinking.display === "omitted" ? "signature" : "summary";
}

function byLevel(thinking: Thinking | undefined, effort: Effort | undefined, levels: readonly ThinkingLevel[]): ThinkingConfig {
  if (thinking?.type === "disabled") return { thinkingLevel: nearest("MINIMAL", levels) };
  const wanted = effort === undefined ? levelOfBudget(thinking) : levelOfEffort[effort];
  return wanted === undefined ? {} : { thinkingLevel: nearest(wanted, levels) };
}

function levelOfBudget(thinking: Thinking | undefined): ThinkingLevel | undefined {
  if (thinking?.type !== "enabled") return undefined;
  if (thinking.budget_tokens < 4_096) return "LOW";
  return thinking.budget_tokens < 16_384 ? "MEDIUM" : "HIGH";
}

/** The level itself, else the next one above that the model has, else its highest. */
function nearest(wanted: ThinkingLevel, levels: readonly ThinkingLevel[]): ThinkingLevel {
  const atLeast = thinkingLevels.slice(thinkingLevels.indexOf(wanted));
  return atLeast.find((level) => levels.includes(level)) ?? levels.at(-1) ?? "HIGH";
}

interface Budget {
  minTokens: number;
  maxTokens: number;
  canBeOff: boolean;
}

function byBudget(thinking: Thinking | undefined, effort: Effort | undefined, { minTokens, maxTokens, canBeOff }: Budget): ThinkingConfig {
  const within = (tokens: number) => ({ thinkingBudget: Math.min(maxTokens, Math.max(minTokens, tokens)) });
  if (thinking?.type === "disabled") return { thinkingBudget: canBeOff ? 0 : minTokens };
  if (thinking?.type === "enabled") return within(thinking.budget_tokens);
  if (effort !== undefined) return within(budgetOfEffort[effort]);
  return thinking === undefined ? {} : { thinkingBudget: -1 };
}
