import type { ThinkingLevel } from "./types.ts";

/** How a model's thinking is steered: by levels (Gemini 3 and later) or by a budget in tokens (2.5). */
export type ThinkingControl = { by: "level"; levels: readonly ThinkingLevel[] } | { by: "budget"; minTokens: number; maxTokens: number; canBeOff: boolean };

/** What a family of models takes and refuses. */
export interface Profile {
  thinking: ThinkingControl;
  /** Whether temperature, topP and topK have an effect. */
  sampling: boolean;
  /** Whether a conversation may end with the model's turn, which the model then goes on with. */
  prefill: boolean;
  /** Whether images may stand inside a function response, and whether thought signatures are demanded: both came with Gemini 3. */
  generation3: boolean;
  /** Units: tokens of one answer, thinking included. */
  maxOutputTokens: number;
}

const minimalToHigh = { by: "level", levels: ["MINIMAL", "LOW", "MEDIUM", "HIGH"] } as const;
const lowToHigh = { by: "level", levels: ["LOW", "MEDIUM", "HIGH"] } as const;
const budget = (minTokens: number, maxTokens: number, canBeOff: boolean) => ({ by: "budget", minTokens, maxTokens, canBeOff }) as const;

const newest: Profile = { thinking: lowToHigh, sampling: false, prefill: false, generation3: true, maxOutputTokens: 65_536 };
const before36: Profile = { ...newest, sampling: true, prefill: true };
const generation25: Profile = { ...before36, thinking: budget(1, 24_576, true), generation3: false };

/**
 * The first matching row holds; a name that matches none is taken for a newest model.
 * Since 2026-10-08 Google answers for 3.5 Flash with 3.6 Flash and for 3.7 Flash with 3.8 Flash.
 * Source: ai.google.dev/gemini-api/docs/thinking, …/generate-content/whats-new-gemini-3.6, …/generate-content/latest-model, …/changelog
 * (read 2026-11-21). That 3.5 Flash still takes a trailing model turn and 3.6 does not: reports of users, 2026-08.
 */
const table: readonly (readonly [RegExp, Profile])[] = [
  [/^gemini-4-/, { ...newest, maxOutputTokens: 1_048_576 }],
  [/^gemini-3\.(6|5)-flash/, { ...newest, thinking: minimalToHigh }],
  [/^gemini-3\.1-pro/, before36],
  [/^gemini-3\.1-flash-lite|^gemini-3-flash/, { ...before36, thinking: minimalToHigh }],
  [/^gemini-3-pro/, { ...before36, thinking: { by: "level", levels: ["LOW", "HIGH"] } }],
  [/^gemini-2\.5-pro/, { ...generation25, thinking: budget(128, 32_768, false) }],
  [/^gemini-2\.5-flash-lite/, { ...generation25, thinking: budget(512, 24_576, true) }],
  [/^gemini-2\.5/, generation25],
];

export function profileOf(model: string): Profile {
  return table.find(([pattern]) => pattern.test(model))?.[1] ?? newest;
}
