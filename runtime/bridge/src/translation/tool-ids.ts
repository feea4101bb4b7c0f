/** Marks a tool_use id whose rest is Gemini's own id of the call, so that it goes back as it came. */
const prefix = "toolu_gemini_";

/** Anthropic's ids. Source: the error "String should match pattern '^[a-zA-Z0-9_-]+$'" of the Messages API. */
const allowed = /^[a-zA-Z0-9_-]{1,200}$/;

/** Makes the ids of an answer's tool uses: from Gemini's id where that fits and is new, else from chance. */
export function createToolIds(known: ReadonlySet<string>, random: () => string): (geminiId: string | undefined) => string {
  const used = new Set(known);
  return (geminiId) => {
    const kept = geminiId !== undefined && allowed.test(geminiId) ? prefix + geminiId : undefined;
    const id = kept === undefined || used.has(kept) ? `toolu_${random()}` : kept;
    used.add(id);
    return id;
  };
}

/** The id under which Gemini knows a call; a call of another model keeps the id that it has. */
export const geminiIdOf = (toolUseId: string): string => (toolUseId.startsWith(prefix) ? toolUseId.slice(prefix.length) : toolUseId);
