import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import { z } from "zod";
import { fault } from "../errors.ts";
import type { Parts } from "../parts.ts";
import { changeQueue, endLimit, pauseQueue, unpauseQueue } from "../store/change-queue.ts";
import { viewQueue } from "../store/queue-view.ts";
import { callerOf } from "./caller.ts";

const text = z
  .string()
  .max(500)
  .refine((value) => !value.includes("\0"), "holds a NUL character");
export const pause = z.strictObject({ reason: text.optional() });
export const change = z.strictObject({ waitForLimits: z.boolean().optional(), slots: z.int().min(1).optional() });
const noFields = z.strictObject({});
const smallBody = jsonBody(4_096);

export function queueRoutes({ pool, queue, settings, log, wake }: Parts): Router {
  const router = Router();
  const view = () => viewQueue(pool, settings.JOB_SLOTS);
  router.get("/", async (_request, response) => void response.json(await view()));
  router.patch("/", smallBody, async (request, response) => {
    const wanted = parseInput(change, request.body);
    if ((wanted.slots ?? 1) > settings.JOB_SLOTS)
      throw fault(
        "queue.too-many-slots",
        `There are ${settings.JOB_SLOTS} slots, so ${wanted.slots} can't run at once. Raise JOB_SLOTS, and run \`freehold up\`.`,
      );
    await changeQueue(pool, queue, wanted, settings.WORKER_NAME);
    log.info("queue.changed", { ...wanted });
    wake();
    response.json(await view());
  });
  router.post("/pause", smallBody, async (request, response) => {
    const { reason } = parseInput(pause, request.body ?? {});
    await pauseQueue(pool, { by: callerOf(request), reason: reason ?? null });
    log.info("queue.paused", {});
    response.json(await view());
  });
  router.post("/resume", smallBody, async (request, response) => {
    parseInput(noFields, request.body ?? {});
    await unpauseQueue(pool);
    log.info("queue.resumed", {});
    wake();
    response.json(await view());
  });
  router.post("/limit/clear", smallBody, async (request, response) => {
    parseInput(noFields, request.body ?? {});
    await endLimit(pool, queue, settings.WORKER_NAME);
    log.info("queue.limit-cleared", {});
    wake();
    response.json(await view());
  });
  return router;
}
