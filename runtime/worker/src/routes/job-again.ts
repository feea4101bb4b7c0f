import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import { z } from "zod";
import { jobRequest } from "../job-request.ts";
import type { Parts } from "../parts.ts";
import { resumeJob, retryJob } from "../store/again.ts";
import { deleteJob } from "../store/delete.ts";
import { storeUsage } from "../store/settle.ts";
import { jobParams } from "./jobs.ts";

export const turn = z.strictObject({ prompt: jobRequest.shape.prompt, budgetUsd: jobRequest.shape.budgetUsd, timeoutMs: jobRequest.shape.timeoutMs });
export const noFields = z.strictObject({});

/** What may be asked of a job that has ended. */
export function jobAgainRoutes(parts: Parts): Router {
  const { pool, queue, gateway, settings, changes, clock, log } = parts;
  const worker = settings.WORKER_NAME;
  const router = Router();
  const goesOn = (jobId: string, event: string) => {
    log.info(event, { jobId });
    changes.announce(jobId, "job");
    parts.wake();
  };
  router.post("/:id/retry", jsonBody(1_024), async (request, response) => {
    const { id } = parseInput(jobParams, request.params);
    parseInput(noFields, request.body ?? {});
    const job = await retryJob(pool, queue, id, worker);
    goesOn(id, "job.retried");
    response.status(202).json(job);
  });
  router.post("/:id/resume", jsonBody(5 * 1_048_576), async (request, response) => {
    const { id } = parseInput(jobParams, request.params);
    const wanted = parseInput(turn, request.body);
    // A new budget counts from what has been spent, so that is asked for first; if it can't be, what is known counts.
    if (wanted.budgetUsd !== undefined)
      await gateway.usageOf(id).then(
        (usage) => storeUsage(pool, id, usage),
        () => undefined,
      );
    const job = await resumeJob(pool, queue, { jobId: id, worker, turn: wanted, nowMs: clock.now() });
    goesOn(id, "job.resumed");
    response.status(202).json(job);
  });
  router.delete("/:id", async (request, response) => {
    const { id } = parseInput(jobParams, request.params);
    await deleteJob(pool, id);
    goesOn(id, "job.deleted");
    parts.clearDeleted();
    response.status(204).end();
  });
  return router;
}
