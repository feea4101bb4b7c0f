import type { RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { jobRequest } from "../job-request.ts";
import { wanted } from "../templates/expand.ts";
import { jobAnswer, nextCursor } from "./job-answers.ts";
import { jobParams, listQuery } from "./jobs.ts";

const tag = "Jobs";

/** Either a prompt, or a template with its inputs. */
const prompted = jobRequest.extend({
  prompt: jobRequest.shape.prompt.optional(),
  template: wanted.shape.template.optional(),
  inputs: wanted.shape.inputs.optional(),
});

export const jobDescriptions: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/api/jobs",
    operation: "createJob",
    summary: "Queue a job",
    description:
      "With an `idempotencyKey` it may be repeated safely: the earlier job comes back. Either `prompt`, or `template` with its `inputs`, is needed; what stands beside a template comes before what it says itself.",
    tag,
    body: prompted,
    answers: { 201: { description: "It is queued", body: jobAnswer }, 200: { description: "The job that this idempotency key made earlier", body: jobAnswer } },
    errors: ["job.idempotency-mismatch", "template.unknown", "upload.unknown", "credential.unknown", "credential.other-origin"],
  },
  {
    method: "get",
    path: "/api/jobs",
    operation: "listJobs",
    summary: "List jobs, newest first",
    tag,
    query: listQuery,
    answers: { 200: { description: "A page of jobs", body: z.object({ jobs: z.array(jobAnswer), nextCursor }) } },
  },
  {
    method: "get",
    path: "/api/jobs/:id",
    operation: "readJob",
    summary: "Show a job with its attempts",
    tag,
    params: jobParams,
    answers: { 200: { description: "The job", body: jobAnswer } },
    errors: ["job.unknown"],
  },
  {
    method: "post",
    path: "/api/jobs/:id/cancel",
    operation: "cancelJob",
    summary: "Cancel a job",
    description: "Its container is stopped with all that runs in it. Safe to repeat.",
    tag,
    params: jobParams,
    answers: { 202: { description: "The job, which is cancelled or soon will be", body: jobAnswer } },
    errors: ["job.unknown"],
  },
];
