/** The models of the simulated Gemini API, from Google's pages and independent of the bridge's own table, so that neither shares the other's mistakes. */
export interface SimulatedModel {
  displayName: string;
  /** Levels of thinking, or the range of its budget. */
  thinking: readonly string[] | readonly [number, number];
  /** Whether a conversation may end with the model's turn. */
  prefill: boolean;
  /** Whether calls must come back signed; since Gemini 3. */
  signed: boolean;
  outputTokenLimit: number;
}

/** Source: ai.google.dev/gemini-api/docs/models and …/thinking (2026-11). */
export const simulatedModels: Record<string, SimulatedModel> = {
  "gemini-4-argon": { displayName: "Gemini 4 Argon", thinking: ["LOW", "MEDIUM", "HIGH"], prefill: false, signed: true, outputTokenLimit: 1_048_576 },
  "gemini-3.8-flash": { displayName: "Gemini 3.8 Flash", thinking: ["LOW", "MEDIUM", "HIGH"], prefill: false, signed: true, outputTokenLimit: 65_536 },
  "gemini-3.5-flash-lite": {
    displayName: "Gemini 3.5 Flash-Lite",
    thinking: ["MINIMAL", "LOW", "MEDIUM", "HIGH"],
    prefill: false,
    signed: true,
    outputTokenLimit: 65_536,
  },
  "gemini-3.1-pro-preview": { displayName: "Gemini 3.1 Pro", thinking: ["LOW", "MEDIUM", "HIGH"], prefill: true, signed: true, outputTokenLimit: 65_536 },
  "gemini-2.5-flash": { displayName: "Gemini 2.5 Flash", thinking: [0, 24_576], prefill: true, signed: false, outputTokenLimit: 65_536 },
  "gemini-2.5-pro": { displayName: "Gemini 2.5 Pro", thinking: [128, 32_768], prefill: true, signed: false, outputTokenLimit: 65_536 },
};
