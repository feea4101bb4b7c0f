import type { Effort, RequestMessage, Thinking } from "../wire/anthropic.ts";
import { untranslatable } from "../wire/fault.ts";
import type { Notes } from "./notes.ts";

/** Source: openai 7.57.0, ReasoningEffort. */
export const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type ReasoningEffort = (typeof efforts)[number];

/** Models that think within a budget that the caller gives; later ones choose for themselves, by an effort. */
const budgeted = /^claude-(?:3-7-sonnet|(?:opus|sonnet|haiku)-4(?:-[015])?)(?:[-@]\d{8}|-latest)?$/;

/** Units: tokens. The least that Anthropic takes, and what each effort may use. */
const leastBudget = 1_024;
const budgets: Readonly<Record<Exclude<ReasoningEffort, "none">, number>> = {
  minimal: leastBudget,
  low: 4_096,
  medium: 10_240,
  high: 20_480,
  xhigh: 32_000,
  max: 32_000,
};

interface ThinkingPlan {
  thinking?: Thinking;
  effort?: Effort;
}

/** Both APIs count thinking into the answer's limit, so that a budget leaves a fifth of it for the answer itself. Throws: TranslationFault where none fits. */
export function planThinking(
  wish: { effort: ReasoningEffort | undefined; field: string; summary: boolean },
  request: { model: string; max_tokens: number; messages: readonly RequestMessage[] },
  notes: Notes,
): ThinkingPlan {
  const { effort, field, summary } = wish;
  const display = summary ? { display: "summarized" as const } : {};
  if (effort === undefined) return summary && !budgeted.test(request.model) ? { thinking: { type: "adaptive", ...display } } : {};
  if (effort === "none") return { thinking: { type: "disabled" } };
  if (!budgeted.test(request.model)) return { thinking: { type: "adaptive", ...display }, effort: effort === "minimal" ? "low" : effort };
  if (goesOnWithoutThinking(request.messages)) {
    notes.ignored.add(field);
    return {};
  }
  if (request.max_tokens <= leastBudget)
    throw untranslatable(field, `this model thinks in no less than ${leastBudget} tokens; allow more tokens, or ask for "none"`);
  return { thinking: { type: "enabled", budget_tokens: Math.max(leastBudget, Math.min(budgets[effort], Math.floor(request.max_tokens * 0.8))) } };
}

/** In the middle of tool calls these models want their earlier thinking back; a caller who does not keep it goes on without. */
function goesOnWithoutThinking(messages: readonly RequestMessage[]): boolean {
  const last = messages.findLast(({ role }) => role === "assistant");
  const isInTurn = messages.at(-1)?.content.some(({ type }) => type === "tool_result") === true;
  return isInTurn && last !== undefined && !last.content.some(({ type }) => type === "thinking" || type === "redacted_thinking");
}
