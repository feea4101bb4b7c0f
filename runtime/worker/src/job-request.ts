import { createHash } from "node:crypto";
import { z } from "zod";
import { fileRequestFields } from "./inputs/file-request.ts";
import { repositoryRequestFields } from "./repositories/repository-request.ts";
import { jobOptionFields } from "./job-options.ts";
import { webhookRequest } from "./notices/job-webhook.ts";

const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes("\0"), "holds a NUL character");

/** The body of `POST /api/jobs`. Units: `timeoutMs` in milliseconds, for each attempt. */
export const jobRequest = z.strictObject({
  prompt: text(1_000_000).refine((value) => value.trim() !== "", "must not be empty"),
  title: text(200)
    .refine((value) => value.trim() !== "", "must not be empty")
    .optional(),
  model: z
    .string()
    .regex(/^[A-Za-z0-9][\w.:/@[\]-]{0,99}$/, "must be a model's name")
    .optional(),
  maxAttempts: z.int().min(1).max(5).default(3),
  idempotencyKey: text(200).min(1).optional(),
  timeoutMs: z.int().min(1_000).max(86_400_000).optional(),
  ...jobOptionFields,
  ...fileRequestFields,
  webhook: webhookRequest.optional(),
  ...repositoryRequestFields,
});

export type JobRequest = z.output<typeof jobRequest>;

/** The given title, else the prompt's first line that says something. */
export function titleOf({ title, prompt }: Pick<JobRequest, "title" | "prompt">): string {
  const line = title ?? prompt.split("\n").find((candidate) => candidate.trim() !== "") ?? "";
  const characters = [...line.trim()];
  return characters.length <= 100 ? characters.join("") : `${characters.slice(0, 99).join("")}…`;
}

/** Equal for requests that ask for the same job. */
export function digestOf({ prompt, title, model, maxAttempts, timeoutMs, idempotencyKey: _key, ...more }: JobRequest): string {
  const given = Object.entries(more)
    .filter(([, value]) => value !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return (
    createHash("sha256")
      // Without options the digest is what it was before there were any: keys of earlier releases still stand for their jobs.
      .update(JSON.stringify([prompt, title ?? null, model ?? null, maxAttempts, timeoutMs ?? null, ...(given.length === 0 ? [] : [given])]))
      .digest("hex")
  );
}
