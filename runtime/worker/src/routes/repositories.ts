import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import { z } from "zod";
import { fault } from "../errors.ts";
import type { Parts } from "../parts.ts";
import { deleteCredential, listCredentials, putCredential } from "../repositories/credentials.ts";
import { credentialName, credentialRequest, deliveryModes } from "../repositories/repository-request.ts";
import { requestDelivery, requireRepository } from "../repositories/repository-store.ts";
import { requireFor } from "../repositories/credentials.ts";
import { requireJob } from "../store/jobs.ts";
import { jobParams } from "./jobs.ts";

export const params = z.object({ id: credentialName });
export const deliverBody = z.strictObject({ mode: z.enum(deliveryModes).exclude(["none"]), credential: credentialName.optional() });

/** Credentials of repositories. */
export function repositoryRoutes({ pool, sealer, log }: Parts): Router {
  const router = Router();
  router.get("/credentials", async (_request, response) => void response.json({ credentials: await listCredentials(pool) }));
  router.put("/credentials/:id", jsonBody(20_000), async (request, response) => {
    const { id } = parseInput(params, request.params);
    const stored = await putCredential(pool, sealer, id, parseInput(credentialRequest, request.body));
    log.info("credential.stored", { credential: id });
    response.json(stored);
  });
  router.delete("/credentials/:id", async (request, response) => {
    const { id } = parseInput(params, request.params);
    await deleteCredential(pool, id);
    log.info("credential.deleted", { credential: id });
    response.status(204).end();
  });
  return router;
}

/** What a job has made of its repository, and where that goes. */
export function jobRepositoryRoutes({ pool, repositories, deliveries }: Parts): Router {
  const router = Router();
  const repositoryOf = async (given: unknown) => {
    const job = await requireJob(pool, parseInput(jobParams, given).id);
    return { job, repository: await requireRepository(pool, job.id) };
  };
  router.get("/:id/repository", async (request, response) => {
    const { jobId: _jobId, ...shown } = (await repositoryOf(request.params)).repository;
    response.json(shown);
  });
  router.get("/:id/diff", async (request, response) => {
    const { repository } = await repositoryOf(request.params);
    response.json(await repositories.diff(repository));
  });
  router.post("/:id/deliver", jsonBody(1_000), async (request, response) => {
    const { job, repository } = await repositoryOf(request.params);
    const { mode, credential } = parseInput(deliverBody, request.body);
    if (!["succeeded", "failed", "cancelled"].includes(job.state))
      throw fault("repository.busy", `Job ${job.id} is ${job.state}; its work is delivered when it has ended.`);
    if (repository.base === null) throw fault("repository.not-ready", `The repository of job ${job.id} was never fetched, so there is nothing to deliver.`);
    if (credential !== undefined) {
      await requireFor(pool, credential, repository.url);
      await pool.query("update job_repositories set credential = $2 where job_id = $1", [job.id, credential]);
    }
    await requestDelivery(pool, job.id, mode);
    deliveries.wake();
    const { jobId: _jobId, ...shown } = await requireRepository(pool, job.id);
    response.status(202).json(shown);
  });
  return router;
}
