import { bashStep, readStep, writeStep, type Step } from "./step.ts";

const verbs = ["write", "bash", "read", "sleep", "error", "say", "tool"] as const;
type Verb = (typeof verbs)[number];

const opening = new RegExp(`\\[\\[(${verbs.join("|")}):`, "g");
const longestSleepSeconds = 600;

/** A directive that can't be followed: `problem` says which and what to write instead. */
export type DirectiveReading = { steps: Step[] } | { problem: string };

/** Reads the `[[verb:argument]]` directives of a prompt in order; `resolve` makes a path absolute. */
export function readDirectives(prompt: string, resolve: (path: string) => string): DirectiveReading {
  const steps: Step[] = [];
  for (const { verb, argument } of scan(prompt)) {
    const step = toStep(verb, argument, resolve);
    if (step === undefined) return { problem: `[[${verb}:${argument.slice(0, 80)}]] can't be followed. It is written ${forms[verb]}.` };
    steps.push(step);
  }
  return { steps };
}

export const forms: Readonly<Record<Verb, string>> = {
  write: "[[write:path|text]]",
  bash: "[[bash:command]]",
  read: "[[read:path]]",
  sleep: `[[sleep:seconds]] with 0 to ${longestSleepSeconds} seconds`,
  error: "[[error:529]] or [[error:429|7]], a status from 400 to 599 and, if wanted, the seconds of retry-after",
  say: "[[say:text]]",
  tool: '[[tool:Name|{"input":"as JSON"}]]',
};

function toStep(verb: Verb, argument: string, resolve: (path: string) => string): Step | undefined {
  const [head, tail] = splitOnce(argument);
  switch (verb) {
    case "write":
      return head.trim() === "" || tail === undefined ? undefined : writeStep(resolve(head.trim()), tail);
    case "bash":
      return argument.trim() === "" ? undefined : bashStep(argument.trim());
    case "read":
      return argument.trim() === "" ? undefined : readStep(resolve(argument.trim()));
    case "sleep":
      return sleepStep(Number(argument.trim() || Number.NaN));
    case "error":
      return errorStep(Number(head), tail === undefined ? undefined : Number(tail));
    case "say":
      return { kind: "say", text: argument };
    case "tool":
      return toolStep(head.trim(), tail ?? "{}");
  }
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf("|");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

const sleepStep = (seconds: number): Step | undefined => (seconds >= 0 && seconds <= longestSleepSeconds ? { kind: "sleep", seconds } : undefined);

function errorStep(status: number, retryAfterSeconds: number | undefined): Step | undefined {
  if (!Number.isInteger(status) || status < 400 || status > 599) return undefined;
  if (retryAfterSeconds === undefined) return { kind: "error", status };
  return Number.isInteger(retryAfterSeconds) && retryAfterSeconds >= 0 ? { kind: "error", status, retryAfterSeconds } : undefined;
}

function toolStep(tool: string, json: string): Step | undefined {
  try {
    const input: unknown = JSON.parse(json);
    if (tool === "" || typeof input !== "object" || input === null || Array.isArray(input)) return undefined;
    return { kind: "tool", tool, input: input as Record<string, unknown>, title: `call ${tool}` };
  } catch {
    return undefined;
  }
}

function* scan(prompt: string): Generator<{ verb: Verb; argument: string }> {
  let from = 0;
  for (;;) {
    opening.lastIndex = from;
    const match = opening.exec(prompt);
    if (match === null) return;
    const start = match.index + match[0].length;
    const end = endOf(prompt, start);
    if (end < 0) return;
    yield { verb: match[1] as Verb, argument: prompt.slice(start, end) };
    from = end + 2;
  }
}

/** The place of the closing `]]`: brackets inside the argument (`[[ -f x ]]`, `[[1,2],[3]]`) are paired first, else the first `]]` closes. */
function endOf(prompt: string, start: number): number {
  let depth = 1;
  for (let at = start; at < prompt.length - 1; at++) {
    const pair = prompt.slice(at, at + 2);
    if (pair === "[[") depth++;
    else if (pair === "]]") depth--;
    else continue;
    if (depth === 0) return lastPairOfRun(prompt, at);
    at++;
  }
  return prompt.indexOf("]]", start);
}

/** In `[1,[2]]]]` the last pair closes. */
function lastPairOfRun(prompt: string, from: number): number {
  let at = from;
  while (prompt[at + 2] === "]") at++;
  return at;
}
