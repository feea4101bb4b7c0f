import { invalid, untranslatable } from "./notes.ts";

/** The tools of one request under names that Gemini takes, and back. */
export interface ToolNames {
  toGemini(name: string): string;
  toAnthropic(name: string): string;
}

/** Units: characters. Source: FunctionDeclaration.name. */
const maxLength = 128;

/** Anthropic allows a digit or a dash first, Gemini doesn't; all else fits. Throws: `request.untranslatable`. */
function geminiName(name: string): string {
  if (/^[A-Za-z_]/.test(name)) return name;
  if (name.length < maxLength) return `_${name}`;
  throw untranslatable("tools", `the name ${JSON.stringify(name)} is too long for Gemini, which wants a letter first; shorten it`);
}

/** Throws: `request.invalid` for two names that become one; `request.untranslatable`. */
export function createToolNames(names: readonly string[]): ToolNames {
  const back = new Map<string, string>();
  for (const name of names) {
    const taken = back.get(geminiName(name));
    if (taken !== undefined) throw invalid("tools", `Gemini can't tell the tools ${JSON.stringify(name)} and ${JSON.stringify(taken)} apart; rename one`);
    back.set(geminiName(name), name);
  }
  return { toGemini: geminiName, toAnthropic: (name) => back.get(name) ?? name };
}
