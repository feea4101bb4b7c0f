import { bashStep, readStep, writeStep, type Step } from "./step.ts";

const path = "[`'\"]?(?<path>[\\w@+~-]*[./][\\w./@+~-]*\\w|(?<=file\\s+(?:called\\s+|named\\s+)?[`'\"]?)[\\w-]+)[`'\"]?";
const connector =
  "(?:\\s*,)?\\s+(?:that\\s+says|which\\s+says|that\\s+contains|which\\s+contains|saying|containing|with(?:\\s+the)?(?:\\s+(?:text|contents?|words?|lines?|sentence))?)\\s*:?\\s*|\\s*:\\s*";
const polite = "^(?:please\\s+|(?:can|could|would)\\s+you\\s+(?:please\\s+)?)?";
const aFile = "(?:me\\s+)?(?:an?\\s+|the\\s+)?(?:new\\s+|text\\s+|markdown\\s+)*(?:file\\s+)?(?:called\\s+|named\\s+)?";

type Wish = { pattern: RegExp; step: (groups: Record<string, string | undefined>, resolve: (path: string) => string) => Step };

/** The few plain sentences that the rehearsal model understands; a real model needs no such list. */
const wishes: readonly Wish[] = [
  {
    pattern: new RegExp(`${polite}(?:write|create|make|add|save)\\s+an?\\s+empty\\s+file\\s+(?:called\\s+|named\\s+)?${path}[.!]?$`, "i"),
    step: (found, resolve) => writeStep(resolve(found["path"] ?? ""), ""),
  },
  {
    pattern: new RegExp(`${polite}(?:write|put|save|add)\\s+(?<quoted>[\`'"“].+?[\`'"”])\\s+(?:to|in|into|as)\\s+${aFile}${path}[.!]?$`, "is"),
    step: (found, resolve) => writeStep(resolve(found["path"] ?? ""), unquoted(found["quoted"] ?? "")),
  },
  {
    pattern: new RegExp(`${polite}(?:write|create|make|add|save)\\s+${aFile}${path}(?:${connector})(?<content>.+)$`, "is"),
    step: (found, resolve) => writeStep(resolve(found["path"] ?? ""), unquoted(found["content"] ?? "")),
  },
  {
    pattern: new RegExp(`${polite}(?:read|show|print|open)\\s+(?:me\\s+)?(?:the\\s+)?(?:file\\s+)?${path}[.!?]?$`, "i"),
    step: (found, resolve) => readStep(resolve(found["path"] ?? "")),
  },
  {
    pattern: new RegExp(`${polite}(?:run|execute)\\s+(?:the\\s+)?(?:shell\\s+)?(?:command\\s*:?\\s*)?\`(?<command>[^\`]+)\`[.!]?$`, "is"),
    step: (found) => bashStep(found["command"] ?? ""),
  },
  {
    pattern: new RegExp(`${polite}(?:run|execute)\\s+(?:the\\s+)?(?:shell\\s+)?command\\s*:\\s*(?<command>.+)$`, "is"),
    step: (found) => bashStep((found["command"] ?? "").trim()),
  },
  {
    pattern: new RegExp(
      `${polite}(?:list|show)\\s+(?:me\\s+)?(?:all\\s+)?(?:the\\s+|your\\s+|my\\s+)?files(?:\\s+(?:here|in\\s+(?:this|the)\\s+(?:folder|directory|workspace)))?[.!?]?$`,
      "i",
    ),
    step: () => bashStep("ls -la"),
  },
];

/** Reads a prompt as one wish, or as several joined by new lines or "then"; undefined when any part is not understood. */
export function readWishes(prompt: string, resolve: (path: string) => string): Step[] | undefined {
  const whole = readWish(prompt, resolve);
  const parts = prompt.split(/\s*[,;.]?\s*(?:\n+\s*(?:and\s+)?(?:then\s+)?|\s(?:and\s+)?then\s+)/i).filter((part) => part.trim() !== "");
  if (parts.length < 2) return whole === undefined ? undefined : [whole];
  const steps = parts.map((part) => readWish(part, resolve));
  if (steps.every((step) => step !== undefined)) return steps;
  return whole === undefined ? undefined : [whole];
}

function readWish(prompt: string, resolve: (path: string) => string): Step | undefined {
  for (const { pattern, step } of wishes) {
    const match = pattern.exec(prompt.trim());
    if (match !== null) return step(match.groups ?? {}, resolve);
  }
  return undefined;
}

/** The text between quotes where the whole text is quoted, with or without a full stop after it. */
function unquoted(text: string): string {
  const trimmed = text.trim();
  const match = /^(?:"([^"]*)"|'([^']*)'|`([^`]*)`|“([^”]*)”)[.!]?$/s.exec(trimmed);
  return match === null ? trimmed : (match.slice(1).find((group) => group !== undefined) ?? "");
}

/** A prompt that only asks to go on, as clients send it when they resume: it stands for the prompt before it. */
export const asksToContinue = (prompt: string): boolean =>
  prompt.length <= 400 && !prompt.includes("[[") && /^(?:please\s+)?(?:continue|go on|carry on|resume|proceed|keep going)\b/i.test(prompt.trim());
