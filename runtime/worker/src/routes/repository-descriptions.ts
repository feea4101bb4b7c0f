import type { RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import type { CredentialView } from "../repositories/credentials.ts";
import { fileStatuses, type ChangedFile } from "../repositories/diff.ts";
import type { JobDiff } from "../repositories/repositories.ts";
import { credentialRequest, deliveryModes } from "../repositories/repository-request.ts";
import type { JobRepository } from "../repositories/repository-store.ts";
import { time } from "./job-answers.ts";
import { jobParams } from "./jobs.ts";
import { deliverBody, params } from "./repositories.ts";

const tag = "Repositories";
const credential: z.ZodType<CredentialView> = z
  .object({ name: z.string(), origin: z.string(), username: z.string(), createdAt: time, updatedAt: time })
  .meta({ id: "RepositoryCredential", description: "Its token is stored sealed and never shown." });
const repository: z.ZodType<Omit<JobRepository, "jobId">> = z
  .object({
    url: z.string(),
    branch: z.string().nullable(),
    newBranch: z.string(),
    credential: z.string().nullable(),
    base: z.object({ branch: z.string(), commit: z.string() }).nullable().describe("Null until the workspace was prepared"),
    mode: z.enum(deliveryModes),
    delivery: z.enum(["none", "waiting", "delivered", "nothing", "failed"]),
    tries: z.int(),
    deliveredCommit: z.string().nullable(),
    pullRequestUrl: z.string().nullable(),
    problem: z.string().nullable(),
    deliveryEndedAt: time.nullable(),
  })
  .meta({ id: "JobRepository" });
const changed = z.object({
  path: z.string(),
  oldPath: z.string().optional(),
  status: z.enum(fileStatuses),
  additions: z.int(),
  deletions: z.int(),
  binary: z.boolean(),
}) satisfies z.ZodType<{ [Name in keyof ChangedFile]: ChangedFile[Name] | undefined }>;
const diff = z
  .object({ base: z.string(), branch: z.string(), files: z.array(changed), patch: z.string(), truncated: z.boolean() } satisfies Record<
    keyof JobDiff,
    z.ZodType
  >)
  .meta({ id: "JobDiff" });
const ofJob = ["job.unknown", "repository.none"];

export const repositoryDescriptions: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/api/repositories/credentials",
    operation: "listCredentials",
    summary: "List credentials of repositories",
    tag,
    answers: { 200: { description: "The credentials", body: z.object({ credentials: z.array(credential) }) } },
  },
  {
    method: "put",
    path: "/api/repositories/credentials/:id",
    operation: "putCredential",
    summary: "Store a credential under a name",
    tag,
    params,
    body: credentialRequest,
    answers: { 200: { description: "The credential", body: credential } },
  },
  {
    method: "delete",
    path: "/api/repositories/credentials/:id",
    operation: "deleteCredential",
    summary: "Delete a credential",
    tag,
    params,
    answers: { 204: { description: "It is gone" } },
    errors: ["credential.unknown"],
  },
  {
    method: "get",
    path: "/api/jobs/:id/repository",
    operation: "readRepository",
    summary: "Show a job's repository and where its work went",
    tag,
    params: jobParams,
    answers: { 200: { description: "The repository", body: repository } },
    errors: ofJob,
  },
  {
    method: "get",
    path: "/api/jobs/:id/diff",
    operation: "readDiff",
    summary: "Show what a job changed in its repository",
    tag,
    params: jobParams,
    answers: { 200: { description: "All that differs from where it began, committed or not", body: diff } },
    errors: [...ofJob, "repository.not-ready", "repository.broken"],
  },
  {
    method: "post",
    path: "/api/jobs/:id/deliver",
    operation: "deliverJob",
    summary: "Push an ended job's work, or offer it as a pull request",
    tag,
    params: jobParams,
    body: deliverBody,
    answers: { 202: { description: "The repository; its delivery waits", body: repository } },
    errors: [...ofJob, "repository.busy", "repository.not-ready", "credential.unknown", "credential.other-origin"],
  },
];
