import { posix } from "node:path";
import { asText } from "@freehold/kernel/text";
import { readDirectives } from "./directives.ts";
import { roundsOf, workingDirectoryOf, type Outcome, type Round } from "./conversation.ts";
import type { MessagesRequest } from "./request.ts";
import { readStep, type Step, type ToolStep } from "./step.ts";
import { asksToContinue, readWishes } from "./wishes.ts";

/** What the prompt asks for and how far the conversation has come. */
export type Plan =
  | { kind: "steps"; remaining: Step[]; done: Finished[]; failed: Finished | undefined }
  | { kind: "problem"; problem: string }
  | { kind: "not-understood"; prompt: string };

export interface Finished {
  title: string;
  result: string;
}

/** Reads the last authored prompt into steps and strikes off those that the tool results show as done. */
export function planOf(request: MessagesRequest): Plan {
  const { prompt, outcomes } = currentRound(roundsOf(request));
  const directory = workingDirectoryOf(request);
  const resolve = (path: string) => (directory === undefined ? path : posix.resolve(directory, path));
  const reading = readDirectives(prompt, resolve);
  if ("problem" in reading) return { kind: "problem", problem: reading.problem };
  const steps = reading.steps.length > 0 ? reading.steps : readWishes(prompt, resolve);
  return steps === undefined ? { kind: "not-understood", prompt } : strikeOff(steps, outcomes);
}

/** The last round; where it only asks to continue, the one before, whose failed calls are then tried again. */
function currentRound(rounds: readonly Round[]): Round {
  const last = rounds.at(-1) ?? { prompt: "", outcomes: [] };
  if (rounds.length < 2 || !asksToContinue(last.prompt)) return last;
  const earlier = currentRound(rounds.slice(0, -1));
  return { prompt: earlier.prompt, outcomes: [...earlier.outcomes.filter((outcome) => !outcome.isError), ...last.outcomes] };
}

function strikeOff(steps: readonly Step[], outcomes: readonly Outcome[]): Plan {
  let remaining = [...steps];
  const done: Finished[] = [];
  for (const outcome of outcomes) {
    const at = remaining.findIndex((step) => step.kind === "tool");
    const step = remaining[at] as ToolStep | undefined;
    if (step === undefined) break;
    const finished = { title: step.title, result: outcome.text };
    if (outcome.isError && mustReadFirst(step, outcome)) {
      remaining = [readStep(asText(step.input["file_path"])), { ...step, title: `${step.title} again` }, ...remaining.slice(at + 1)];
      continue;
    }
    if (outcome.isError) return { kind: "steps", remaining: remaining.slice(at), done, failed: finished };
    done.push(finished);
    remaining = remaining.slice(at + 1);
  }
  return { kind: "steps", remaining, done, failed: undefined };
}

/** Claude Code refuses to overwrite a file that this session has not read; then it is read once and written again. */
const mustReadFirst = (step: ToolStep, outcome: Outcome): boolean =>
  step.tool === "Write" && !step.title.endsWith(" again") && /not been read|read it (first|again|before)|modified since/i.test(outcome.text);
