import type { RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { containerName, containerRequest } from "../container-request.ts";
import { containerStates } from "../container-view.ts";
import { taskRequest } from "../task-request.ts";

const tag = "Job containers";
const params = z.object({ name: containerName });
const summary = { name: z.string(), jobId: z.string(), attempt: z.int(), slot: z.int(), state: z.enum(containerStates) };
const container = z
  .object({ ...summary, exitCode: z.int().nullable(), oomKilled: z.boolean(), startedAt: z.iso.datetime().nullable(), finishedAt: z.iso.datetime().nullable() })
  .meta({ id: "JobContainer" });
const known = ["container.unknown", "container.foreign"];

export const containerDescriptions: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/containers",
    operation: "listContainers",
    summary: "List the job containers",
    tag,
    answers: { 200: { description: "All, ended ones included", body: z.array(z.object(summary)) } },
  },
  {
    method: "get",
    path: "/containers/:name",
    operation: "readContainer",
    summary: "Show one",
    tag,
    params,
    answers: { 200: { description: "It", body: container } },
    errors: known,
  },
  {
    method: "put",
    path: "/containers/:name",
    operation: "ensureContainer",
    summary: "Make and start one",
    tag,
    params,
    body: containerRequest,
    answers: { 201: { description: "Made", body: container }, 200: { description: "It was there", body: container } },
    errors: [
      "container.foreign",
      "container.conflict",
      "container.job-busy",
      "container.slot-busy",
      "container.no-such-slot",
      "container.folder-missing",
      "container.refused",
      "container.not-started",
    ],
  },
  {
    method: "get",
    path: "/containers/:name/log",
    operation: "followContainerLog",
    summary: "Follow its log from a byte on",
    tag,
    params,
    query: z.object({ offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0) }),
    answers: { 200: { description: "Lines", body: z.string(), type: "text/plain" } },
    errors: known,
  },
  {
    method: "post",
    path: "/containers/:name/stop",
    operation: "stopContainer",
    summary: "End it",
    tag,
    params,
    body: z.strictObject({ graceMs: z.int().min(0).max(60_000).default(2_000) }),
    answers: { 202: { description: "Its end has begun" } },
    errors: known,
  },
  {
    method: "delete",
    path: "/containers/:name",
    operation: "removeContainer",
    summary: "Remove it",
    tag,
    params,
    answers: { 204: { description: "It is gone" } },
    errors: ["container.foreign"],
  },
  {
    method: "post",
    path: "/tasks",
    operation: "runTask",
    summary: "Run one command in a container of its own",
    tag,
    body: taskRequest,
    answers: { 200: { description: "How it ended", body: z.object({ exitCode: z.int(), output: z.string(), truncated: z.boolean() }) } },
    errors: ["container.folder-missing", "container.refused", "task.no-network", "task.timeout"],
  },
];
