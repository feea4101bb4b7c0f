import { helpText, problemText, reportText, stepText, stoppedText } from "./wording.ts";
import { label } from "./label.ts";
import { planOf, type Plan } from "./plan.ts";
import type { MessagesRequest } from "./request.ts";
import type { ToolStep } from "./step.ts";

/** What one answer is made of, in order; `pause` is a silence in the stream. */
export type Part =
  | { kind: "text"; text: string }
  | { kind: "pause"; seconds: number }
  | { kind: "tool"; name: string; input: Record<string, unknown> }
  | { kind: "error"; status: number; retryAfterSeconds?: number };

/** Decides the answer to a request: everything up to and including the next tool call, or to the end. */
export function turnOf(request: MessagesRequest): Part[] {
  const plan = planOf(request);
  if (plan.kind === "problem") return [text(problemText(plan.problem))];
  if (plan.kind === "not-understood") return [text(helpText())];
  return plan.failed === undefined ? nextParts(plan, request) : [text(stoppedText(plan.failed, plan.done, toolSteps(plan)))];
}

type Steps = Extract<Plan, { kind: "steps" }>;

function nextParts(plan: Steps, request: MessagesRequest): Part[] {
  const parts: Part[] = [];
  for (const step of plan.remaining) {
    if (step.kind === "say") parts.push(text(step.text));
    else if (step.kind === "sleep") parts.push({ kind: "pause", seconds: step.seconds });
    else if (step.kind === "error") return [...parts, step];
    else return [...parts, ...toolParts(step, plan, request)];
  }
  return plan.done.length === 0
    ? parts.some((part) => part.kind === "text")
      ? parts
      : [...parts, text(`${label} Done.`)]
    : [...parts, text(reportText(plan.done))];
}

function toolParts(step: ToolStep, plan: Steps, request: MessagesRequest): Part[] {
  const offered = offeredTools(request);
  if (!offered.includes(step.tool)) return [text(stoppedText({ title: step.title, result: missingTool(step.tool, offered) }, plan.done, toolSteps(plan)))];
  return [text(stepText(step.title, plan.done.length + 1, toolSteps(plan))), { kind: "tool", name: step.tool, input: step.input }];
}

const missingTool = (tool: string, offered: string[]) => `this request offers no tool named ${tool} (it offers ${offered.join(", ") || "none"}).`;

function offeredTools(request: MessagesRequest): string[] {
  if (request.tool_choice?.type === "none") return [];
  return (request.tools ?? []).filter((tool) => tool.defer_loading !== true).map((tool) => tool.name);
}

const toolSteps = (plan: Steps): number => plan.done.length + plan.remaining.filter((step) => step.kind === "tool").length;

const text = (content: string): Part => ({ kind: "text", text: content.startsWith(label) ? content : `${label} ${content}` });
