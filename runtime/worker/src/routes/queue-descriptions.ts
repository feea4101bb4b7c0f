import type { QueueView } from "@freehold/kernel/api/queue";
import type { RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { time } from "./job-answers.ts";
import { noFields } from "./job-again.ts";
import { change, pause } from "./queue.ts";

const tag = "Queue";

const queueAnswer: z.ZodType<QueueView> = z
  .object({
    paused: z.object({ at: time, by: z.string().nullable(), reason: z.string().nullable() }).nullable(),
    limit: z.object({ until: time, reason: z.string(), provider: z.string().nullable() }).nullable(),
    waitForLimits: z.boolean(),
    slots: z.int(),
    maxSlots: z.int(),
    running: z.int(),
    queued: z.int(),
    waitingForLimit: z.int(),
    waitingForApproval: z.int(),
    oldestQueuedAt: time.nullable(),
  })
  .meta({ id: "Queue" });
const answers = { 200: { description: "The queue", body: queueAnswer } };

export const queueDescriptions: readonly RouteDescription[] = [
  { method: "get", path: "/api/queue", operation: "readQueue", summary: "Show the queue", tag, answers },
  {
    method: "patch",
    path: "/api/queue",
    operation: "changeQueue",
    summary: "Say how many jobs run at once, and whether usage limits are waited for",
    tag,
    body: change,
    answers,
    errors: ["queue.too-many-slots"],
  },
  { method: "post", path: "/api/queue/pause", operation: "pauseQueue", summary: "Start no more jobs; what runs goes on", tag, body: pause, answers },
  { method: "post", path: "/api/queue/resume", operation: "resumeQueue", summary: "Start jobs again", tag, body: noFields, answers },
  { method: "post", path: "/api/queue/limit/clear", operation: "clearLimit", summary: "Wait for the usage limit no longer", tag, body: noFields, answers },
];
