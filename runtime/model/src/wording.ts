import { forms } from "./directives.ts";
import { label } from "./label.ts";
import type { Finished } from "./plan.ts";

const longestResult = 2_000;

export const stepText = (title: string, number: number, total: number): string => `${label} Step ${number} of ${total}: ${title}.`;

export const problemText = (problem: string): string => `${label} ${problem} Nothing was done.`;

export const reportText = (done: readonly Finished[]): string => `${label} Done: ${done.length} of ${done.length} ${plural(done.length)}.\n${results(done)}`;

export function stoppedText(failed: Finished, done: readonly Finished[], total: number): string {
  const number = done.length + 1;
  const earlier = done.length === 0 ? "" : `${results(done)}\n`;
  return `${label} Stopped at step ${number} of ${total}; the rest was not tried.\n${earlier}${number}. ${failed.title}: failed: ${clipped(failed.result)}`;
}

const plural = (count: number) => (count === 1 ? "step" : "steps");

const results = (done: readonly Finished[]): string =>
  done.map(({ title, result }, index) => `${index + 1}. ${title}: ${clipped(result) || "(no output)"}`).join("\n");

const clipped = (text: string): string =>
  text.length <= longestResult ? text : `${text.slice(0, longestResult)}… (${text.length - longestResult} characters more)`;

/** What the model is, what it understands, and how to get a real one. */
export function helpText(): string {
  return `${label}

No key for a real model is set in this home, so the rehearsal model answers: it thinks nothing up, but it does real work with the tools it is offered, always in the same way. It understands a few plain sentences:
- Write a file hello.md that says: Hello from my home
- Create notes/today.md with the text "Water the plants"
- Read hello.md
- List the files
- Run the command: ls -la
Several may be joined by "then" or by new lines. For tests it follows directives, in order:
${Object.values(forms)
  .map((form) => `- ${form}`)
  .join("\n")}

For a real model, give the home an API key of Anthropic (console.anthropic.com): \`npm run freehold -- key set\`, then \`npm start\`. All jobs use it from then on.`;
}
