import { missedPolicies } from "@freehold/kernel/api/schedule";
import { AppError } from "@freehold/kernel/errors";
import { dialects } from "@freehold/kernel/schedules/cron-file-keys";
import { parseSchedule } from "@freehold/kernel/schedules/schedule";
import { openTimeZone } from "@freehold/kernel/schedules/time-zone";
import type { Work } from "@freehold/kernel/schedules/work";
import { z } from "zod";
import { jobRequest } from "../job-request.ts";

const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes("\0"), "holds a NUL character");

/** Ofelia's grammar: five or six cron fields, a descriptor, `@every`; a zone may stand before it. */
export const scheduleText = text(500).superRefine((value, context) => {
  try {
    parseSchedule(value);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    context.addIssue({ code: "custom", message: thrown.message });
  }
});

export const timeZoneName = text(100).refine((name) => openTimeZone(name) !== undefined, "must be a time zone of the tz database, such as Europe/Zurich");

/** The manager takes such names, and sets the others itself. */
const variableName = z
  .string()
  .regex(/^[A-Z_][A-Z0-9_]{0,99}$/, "must be upper-case letters, digits and underscores")
  .refine((name) => !["PATH", "HOME", "CLAUDE_CONFIG_DIR", "ANTHROPIC_BASE_URL"].includes(name), "is set by the manager");

const { prompt, model, maxAttempts, timeoutMs } = jobRequest.shape;
const fields = {
  name: text(200).refine((value) => value.trim() !== "", "must not be empty"),
  schedule: scheduleText,
  timeZone: timeZoneName,
  prompt: prompt.optional(),
  model,
  command: z.array(text(32_768)).min(1).max(150).optional(),
  environment: z.record(variableName, text(32_768)).optional(),
  maxAttempts: maxAttempts.unwrap().optional(),
  timeoutMs: timeoutMs.unwrap().nullable(),
  noOverlap: z.boolean(),
  missed: z.enum(missedPolicies),
  missedLimit: z.int().min(1).max(100),
};

interface WorkFields {
  prompt?: string | undefined;
  model?: string | undefined;
  command?: string[] | undefined;
  environment?: Record<string, string> | undefined;
}

const belongTogether = ({ prompt, model, command, environment }: WorkFields) =>
  (prompt !== undefined || model === undefined) && (command !== undefined || environment === undefined);
const apart = "model goes with prompt, environment with command";

/** The body of `POST /api/schedules`. Units: milliseconds. */
export const scheduleRequest = z
  .strictObject({
    ...fields,
    timeZone: fields.timeZone.default("UTC"),
    timeoutMs: fields.timeoutMs.default(null),
    noOverlap: fields.noOverlap.default(false),
    missed: fields.missed.default("once"),
    missedLimit: fields.missedLimit.default(10),
    paused: z.boolean().default(false),
  })
  .refine(({ prompt, command }) => (prompt === undefined) !== (command === undefined), "wants either prompt or command")
  .refine(belongTogether, apart);

export type ScheduleRequest = z.output<typeof scheduleRequest>;

/** The body of `PATCH /api/schedules/:id`; a prompt or a command replaces all of the work. */
export const scheduleChange = z
  .strictObject(fields)
  .partial()
  .refine(({ prompt, command }) => prompt === undefined || command === undefined, "wants either prompt or command")
  .refine(belongTogether, apart);

export type ScheduleChange = z.output<typeof scheduleChange>;

/** The body of `POST /api/schedules/import`. */
export const importRequest = z.strictObject({
  // Enough for two thousand jobs; what is read and judged here keeps other requests waiting.
  text: z.string().max(200_000),
  timeZone: fields.timeZone.default("UTC"),
  dialect: z.enum(dialects).default("mcuadros"),
  replaceContainers: z.boolean().default(false),
  /** Only show what would become of it. */
  dryRun: z.boolean().default(false),
  /** Change the schedules of an earlier import instead of refusing their names. */
  update: z.boolean().default(false),
  missed: fields.missed.default("skip"),
});

export type ImportRequest = z.output<typeof importRequest>;

/** Undefined where a change leaves the work as it is. */
export function workOf({ prompt, model, command, environment }: WorkFields): Work | undefined {
  if (command !== undefined) return { kind: "command", argv: command, environment: environment ?? {} };
  return prompt === undefined ? undefined : { kind: "prompt", prompt, ...(model === undefined ? {} : { model }) };
}

/** A command may do its work twice where a task goes on: it is not tried again unless that is asked for. */
export const standardAttempts = (work: Work) => (work.kind === "command" ? 1 : 3);
