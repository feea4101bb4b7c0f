import { jobStates } from "@freehold/kernel/api/job-state";
import { z } from "zod";
import type { Attempt, Job, Turn } from "../job.ts";
import { permissionModes } from "../job-options.ts";
import { attemptStates } from "../job-states.ts";

/** A time. Shape: ISO 8601, UTC. */
export const time = z.iso.datetime();
const jobError = z.object({ code: z.string(), message: z.string() });

const attempt = z.object({
  number: z.int(),
  turn: z.int().describe("Which of the job's turns it ran"),
  state: z.enum(attemptStates),
  sessionId: z.uuid(),
  startedAt: time,
  finishedAt: time.nullable(),
  exitCode: z.int().nullable(),
  error: jobError.nullable(),
}) satisfies z.ZodType<Attempt>;

const turn = z.object({ number: z.int(), prompt: z.string(), at: time }) satisfies z.ZodType<Turn>;

const mcpServer = z.union([
  z.object({ type: z.enum(["http", "sse"]), url: z.string(), headers: z.array(z.string()) }),
  z.object({ type: z.literal("stdio"), command: z.string(), args: z.array(z.string()), env: z.array(z.string()) }),
]);

/** A job as every route shows it; the type holds it to what the code gives. */
export const jobAnswer: z.ZodType<Job> = z
  .object({
    id: z.uuid(),
    title: z.string(),
    prompt: z.string(),
    command: z.array(z.string()).nullable(),
    model: z.string().nullable(),
    state: z.enum(jobStates),
    createdAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    cancelRequestedAt: time.nullable(),
    maxAttempts: z.int(),
    timeoutMs: z.int(),
    priority: z.int(),
    budgetUsd: z.number().nullable(),
    scheduleId: z.uuid().nullable(),
    webhook: z.object({ target: z.string(), events: z.array(z.string()) }).nullable(),
    repositoryUrl: z.string().nullable().describe("Where it was cloned from; `GET /api/jobs/{id}/repository` has the rest"),
    allowedTools: z.array(z.string()).nullable(),
    disallowedTools: z.array(z.string()).nullable(),
    permissionMode: z.enum(permissionModes),
    stallMs: z.int().nullable(),
    retryDelayMs: z.int().nullable(),
    approvalTimeoutMs: z.int().nullable(),
    systemPrompt: z.string().nullable(),
    mcpServers: z.record(z.string(), mcpServer).nullable().describe("Of variables and headers only the names"),
    result: z.string().nullable(),
    error: jobError.nullable(),
    costUsd: z.number().nullable(),
    provider: z.string().nullable(),
    turns: z.array(turn.meta({ id: "Turn", description: "What an ended job was asked for later." })),
    attempts: z.array(attempt.meta({ id: "Attempt", description: "One run of a job in one container." })),
  })
  .meta({ id: "Job", description: "A prompt for Claude Code, or a command of a schedule. Lists cut `prompt` and `result` to 300 characters." });

export const nextCursor = z.string().nullable().describe("Null on the last page");
