import type { RouteDescription } from "@freehold/kernel/openapi";
import { jobAnswer } from "./job-answers.ts";
import { noFields, turn } from "./job-again.ts";
import { jobParams } from "./jobs.ts";

const tag = "Jobs";

export const jobAgainDescriptions: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/api/jobs/:id/retry",
    operation: "retryJob",
    summary: "Give a failed or cancelled job another attempt",
    tag,
    params: jobParams,
    body: noFields,
    answers: { 202: { description: "The job, queued again", body: jobAnswer } },
    errors: ["job.unknown", "job.not-ended", "job.succeeded"],
  },
  {
    method: "post",
    path: "/api/jobs/:id/resume",
    operation: "resumeJob",
    summary: "Let an ended job go on with another task, in the same session and workspace",
    tag,
    params: jobParams,
    body: turn,
    answers: { 202: { description: "The job, queued again", body: jobAnswer } },
    errors: ["job.unknown", "job.not-ended", "job.no-session"],
  },
  {
    method: "delete",
    path: "/api/jobs/:id",
    operation: "deleteJob",
    summary: "Delete an ended job with its log and files",
    tag,
    params: jobParams,
    answers: { 204: { description: "It is gone" } },
    errors: ["job.unknown", "job.not-ended"],
  },
];
