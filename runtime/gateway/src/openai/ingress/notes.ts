/** What a translation says of itself beside its result. */
export interface Notes {
  /** Fields without effect at Anthropic whose loss changes no answer's meaning; callers get them as a header. */
  ignored: Set<string>;
}

export const createNotes = (): Notes => ({ ignored: new Set() });
