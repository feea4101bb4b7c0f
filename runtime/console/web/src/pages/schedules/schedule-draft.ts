import type { MissedPolicy, ScheduleView } from "@freehold/kernel/api/schedule";
import type { ScheduleWish } from "../../api/schedule-types.ts";
import { argumentsOf, commandLineOf, pairsOf } from "../../command-line.ts";

/** A schedule as the form holds it. */
export interface ScheduleDraft {
  name: string;
  schedule: string;
  timeZone: string;
  kind: "prompt" | "command";
  prompt: string;
  model: string;
  command: string;
  environment: string;
  maxAttempts: string;
  timeoutMinutes: string;
  noOverlap: boolean;
  missed: MissedPolicy;
  missedLimit: string;
}

export const draftOf = (known: ScheduleView | undefined, timeZone: string): ScheduleDraft => ({
  name: known?.name ?? "",
  schedule: known?.schedule ?? "0 7 * * 1-5",
  timeZone: known?.timeZone ?? timeZone,
  kind: known?.command ? "command" : "prompt",
  prompt: known?.prompt ?? "",
  model: known?.model ?? "",
  command: commandLineOf(known?.command ?? []),
  environment: "",
  maxAttempts: known === undefined ? "" : String(known.maxAttempts),
  timeoutMinutes: known?.timeoutMs ? String(known.timeoutMs / 60_000) : "",
  noOverlap: known?.noOverlap ?? true,
  missed: known?.missed ?? "once",
  missedLimit: String(known?.missedLimit ?? 10),
});

/** What the worker is asked for. A command's variables are only sent when some were written, since those it has can't be shown. */
export function wishOf(draft: ScheduleDraft, known: ScheduleView | undefined): ScheduleWish {
  const attempts = Number(draft.maxAttempts);
  const minutes = Number(draft.timeoutMinutes);
  return {
    name: draft.name.trim(),
    schedule: draft.schedule.trim(),
    timeZone: draft.timeZone.trim() || "UTC",
    ...workOf(draft, known),
    ...(attempts > 0 && { maxAttempts: attempts }),
    timeoutMs: minutes > 0 ? Math.round(minutes * 60_000) : null,
    noOverlap: draft.noOverlap,
    missed: draft.missed,
    missedLimit: Math.max(1, Number(draft.missedLimit) || 10),
  };
}

function workOf(draft: ScheduleDraft, known: ScheduleView | undefined): Pick<ScheduleWish, "prompt" | "model" | "command" | "environment"> {
  if (draft.kind === "prompt") return { prompt: draft.prompt, ...(draft.model.trim() !== "" && { model: draft.model.trim() }) };
  const command = argumentsOf(draft.command);
  const environment = pairsOf(draft.environment);
  const isAsBefore = JSON.stringify(command) === JSON.stringify(known?.command ?? null);
  // A command replaces all of the work, variables included: what wasn't touched isn't sent.
  if (isAsBefore && Object.keys(environment).length === 0) return {};
  return { command, ...(Object.keys(environment).length > 0 && { environment }) };
}

export const isReady = (draft: ScheduleDraft): boolean =>
  draft.name.trim() !== "" && draft.schedule.trim() !== "" && (draft.kind === "prompt" ? draft.prompt : draft.command).trim() !== "";
