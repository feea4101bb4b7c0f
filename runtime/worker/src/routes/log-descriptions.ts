import { serverSentEvent, type RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { jobParams } from "./jobs.ts";
import { logQuery, searchQuery } from "./log.ts";

const tag = "Logs";

export const logDescriptions: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/api/jobs/:id/log",
    operation: "followLog",
    summary: "Follow the log of an attempt",
    description:
      "Server-sent events: `line` (its `data` a line of the log, its `id` the byte offset after it) and, at the end, `done` with `{state, attempt}`. " +
      "Goes on from `offset`, or from the header `Last-Event-ID`.",
    tag,
    params: jobParams,
    query: logQuery,
    answers: { 200: { description: "Events until the attempt has ended", type: "text/event-stream", body: serverSentEvent } },
    errors: ["job.unknown", "attempt.unknown"],
  },
  {
    method: "get",
    path: "/api/jobs/:id/log.ndjson",
    operation: "downloadLog",
    summary: "Download the log of an attempt",
    tag,
    params: jobParams,
    query: logQuery,
    answers: { 200: { description: "One JSON value a line", type: "application/x-ndjson", body: z.string() } },
    errors: ["job.unknown", "attempt.unknown"],
  },
  {
    method: "get",
    path: "/api/jobs/:id/log/search",
    operation: "searchLog",
    summary: "Find the lines of a log that have a text",
    description: "Whatever its case, in whole lines. One answer looks at a part of a large log; `nextOffset` says where to go on.",
    tag,
    params: jobParams,
    query: searchQuery,
    answers: {
      200: {
        description: "The lines found, and where to go on",
        body: z.object({
          attempt: z.int(),
          lines: z.array(z.object({ start: z.int(), end: z.int(), text: z.string().describe("What stands around the place") })),
          nextOffset: z.int().nullable(),
          sizeBytes: z.int(),
        }),
      },
    },
    errors: ["job.unknown", "attempt.unknown"],
  },
];
