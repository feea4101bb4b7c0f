import type { StopDetails, StopReason } from "../anthropic/events.ts";
import { fault } from "../errors.ts";

export interface Stop {
  reason: StopReason;
  details: StopDetails | null;
}

/** Gemini held the answer back, or the prompt. Source: FinishReason and BlockedReason, ai.google.dev/api/generate-content (2026-11). */
const refusals: Record<string, string> = {
  SAFETY: "Gemini's safety filter stopped the answer.",
  RECITATION: "Gemini stopped the answer because it would have recited existing material.",
  LANGUAGE: "Gemini stopped the answer because its language is not supported.",
  BLOCKLIST: "Gemini stopped the answer because it holds a forbidden term.",
  PROHIBITED_CONTENT: "Gemini stopped the answer because it may hold prohibited content.",
  SPII: "Gemini stopped the answer because it may hold sensitive personal data.",
};

/**
 * How an answer ended. A stop sequence can't be told from a natural end: Gemini names both `STOP`.
 * Throws: `upstream.bad-answer` for an answer that is none, such as a malformed call; `upstream.cut` for one without an end.
 */
export function toStop(finishReason: string | undefined, hasToolUse: boolean): Stop {
  if (finishReason === undefined) throw fault("upstream.cut", "Gemini's answer broke off before its end. Ask again.");
  if (finishReason === "STOP") return { reason: hasToolUse ? "tool_use" : "end_turn", details: null };
  if (finishReason === "MAX_TOKENS") return { reason: "max_tokens", details: null };
  const explanation = refusals[finishReason];
  if (explanation !== undefined) return refusal(explanation);
  throw fault("upstream.bad-answer", `Gemini gave no usable answer (${name(finishReason)}). Ask again.`);
}

/** The prompt itself was refused: there is no candidate. */
export const toBlockedStop = (blockReason: string): Stop => refusal(`Gemini refused the prompt (${name(blockReason)}).`);

const refusal = (explanation: string): Stop => ({ reason: "refusal", details: { type: "refusal", category: null, explanation } });

/** Only what looks like a name of Google's list goes into a message. */
const name = (reason: string) => (/^[A-Z_]{1,60}$/.test(reason) ? reason : "unknown reason");
