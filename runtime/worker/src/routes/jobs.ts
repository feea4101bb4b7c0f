import { randomBytes } from "node:crypto";
import { jobStates } from "@freehold/kernel/api/job-state";
import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import { z } from "zod";
import { sealWebhook } from "../notices/job-webhook.ts";
import type { Parts } from "../parts.ts";
import { newJobId } from "../job-id.ts";
import { jobRequest } from "../job-request.ts";
import { containerNameOf } from "../run/claude-command.ts";
import { requestCancel } from "../store/cancel.ts";
import { insertJob, requireJob } from "../store/jobs.ts";
import { listJobs } from "../store/list-jobs.ts";
import { expandTemplate } from "../templates/expand.ts";

export const jobParams = z.object({ id: z.uuid() });
const cursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}$/)
  .transform((text) => Buffer.from(text, "base64url").toString())
  .pipe(z.uuid());
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
export const listQuery = z.object({
  state: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(jobStates)).max(jobStates.length))
    .optional(),
  search: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((value) => !value.includes("\0"), "holds a NUL character")
    .optional(),
  schedule: z.uuid().optional(),
  from: time.optional(),
  to: time.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: cursor.optional(),
});
const bodyLimitBytes = 5 * 1_048_576;

export function jobRoutes(parts: Parts): Router {
  const { pool, queue, manager, settings, sender, changes, clock, log } = parts;
  const router = Router();
  router.post("/", jsonBody(bodyLimitBytes), async (request, response) => {
    const wanted = parseInput(jobRequest, await expandTemplate(pool, request.body));
    const id = newJobId(clock.now(), randomBytes);
    const newJob = {
      id,
      request: wanted,
      timeoutMs: wanted.timeoutMs ?? settings.JOB_TIMEOUT_MS,
      worker: settings.WORKER_NAME,
      ...(wanted.webhook === undefined ? {} : { webhook: sealWebhook(sender.keys.sealer, id, wanted.webhook) }),
    };
    const { job, created } = await insertJob(pool, queue, newJob);
    if (created) log.info("job.queued", { jobId: job.id });
    parts.wake();
    response
      .status(created ? 201 : 200)
      .location(`/api/jobs/${job.id}`)
      .json(job);
  });
  router.get("/", async (request, response) => {
    const { state, search, schedule, from, to, limit, cursor: before } = parseInput(listQuery, request.query);
    const found = await listJobs(pool, { states: state, search, schedule, fromMs: from, toMs: to, limit: limit + 1, before });
    const jobs = found.slice(0, limit);
    const last = found.length > limit ? jobs.at(-1) : undefined;
    response.json({ jobs, nextCursor: last === undefined ? null : Buffer.from(last.id).toString("base64url") });
  });
  router.get("/:id", async (request, response) => void response.json(await requireJob(pool, parseInput(jobParams, request.params).id)));
  router.post("/:id/cancel", async (request, response) => {
    const job = await requestCancel(pool, parseInput(jobParams, request.params).id, settings.WORKER_NAME);
    const running = job.attempts.find((attempt) => attempt.state === "running");
    parts.cancel(job.id);
    changes.announce(job.id, "job");
    // The worker that holds the attempt stops the container in any case; asking here as well saves the wait.
    if (running !== undefined)
      await manager
        .stop(containerNameOf(job.id, running.number), settings.JOB_STOP_GRACE_MS)
        .catch((error: unknown) => log.warn("job.stop-later", { jobId: job.id, error }));
    response.status(202).json(job);
  });
  return router;
}
