import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router, type Response } from "express";
import { z } from "zod";
import { containerName, containerRequest } from "../container-request.ts";
import type { JobContainers } from "../job-containers.ts";

const named = z.object({ name: containerName });
const logQuery = z.object({ offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0) });
const stopBody = z.strictObject({ graceMs: z.int().min(0).max(60_000).default(2_000) });

export function containerRoutes(containers: JobContainers): Router {
  const router = Router();
  router.get("/", async (_request, response) => void response.json(await containers.list()));
  router.get("/:name", async (request, response) => void response.json(await containers.get(parseInput(named, request.params).name)));
  router.put("/:name", jsonBody(2_097_152), async (request, response) => {
    const { name } = parseInput(named, request.params);
    const left = new AbortController();
    response.once("close", () => left.abort());
    const { view, created } = await containers.ensure(name, parseInput(containerRequest, request.body), left.signal);
    response.status(created ? 201 : 200).json(view);
  });
  router.get("/:name/log", async (request, response) => {
    const { name } = parseInput(named, request.params);
    const { offset } = parseInput(logQuery, request.query);
    const left = new AbortController();
    response.once("close", () => left.abort());
    await sendLog(response, await containers.log(name, offset, left.signal));
  });
  router.post("/:name/stop", jsonBody(1_024), async (request, response) => {
    await containers.stop(parseInput(named, request.params).name, parseInput(stopBody, request.body).graceMs);
    response.status(202).end();
  });
  router.delete("/:name", async (request, response) => {
    await containers.remove(parseInput(named, request.params).name);
    response.status(204).end();
  });
  return router;
}

/** A log that breaks off destroys the response: a reader must see an error there, not an end. */
async function sendLog(response: Response, log: AsyncIterable<Buffer>): Promise<void> {
  response.status(200).set({ "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  response.flushHeaders();
  await pipeline(Readable.from(log, { objectMode: false }), response).catch(() => response.destroy());
}
