/** What a resumed session is told; the task itself is in its transcript. */
export const continuation =
  "Continue: your run of this task was interrupted before it was finished. Look at what is already there, go on from where you stopped, and finish the task. Do not repeat steps that are done.";

export interface PromptInput {
  /** Whether the session has a transcript to go on with. */
  resume: boolean;
  prompt: string;
  /** What later turns asked for, in order. */
  turns: readonly string[];
  /** Whether no earlier attempt has tried this turn. */
  firstOfTurn: boolean;
}

/**
 * What an attempt says to Claude Code. A session that may have been interrupted before it heard of its newest turn is told again, and one
 * that has forgotten everything hears all of it.
 */
export function promptOf({ resume, prompt, turns, firstOfTurn }: PromptInput): string {
  const newest = turns.at(-1);
  if (!resume) return [prompt, ...turns].join("\n\n");
  if (newest === undefined) return continuation;
  return firstOfTurn ? newest : `${continuation}\n\nWhat was asked for last:\n\n${newest}`;
}
