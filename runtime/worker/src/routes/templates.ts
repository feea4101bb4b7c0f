import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import { z } from "zod";
import type { Parts } from "../parts.ts";
import { templateName, templateRequest, toTemplate } from "../templates/template-request.ts";
import { createTemplate, deleteTemplate, listTemplates, replaceTemplate, viewTemplate } from "../templates/template-store.ts";

export const params = z.object({ id: templateName });
const bodyLimitBytes = 5 * 1_048_576;

export function templateRoutes({ pool, log }: Parts): Router {
  const router = Router();
  router.get("/", async (_request, response) => void response.json({ templates: await listTemplates(pool) }));
  router.post("/", jsonBody(bodyLimitBytes), async (request, response) => {
    const made = await createTemplate(pool, toTemplate(parseInput(templateRequest, request.body)));
    log.info("template.created", { template: made.name });
    response.status(201).location(`/api/templates/${made.name}`).json(made);
  });
  router.get("/:id", async (request, response) => void response.json(await viewTemplate(pool, parseInput(params, request.params).id)));
  router.put("/:id", jsonBody(bodyLimitBytes), async (request, response) => {
    const { id } = parseInput(params, request.params);
    // Without a name it keeps its own; with another it gets that.
    const body: unknown = typeof request.body === "object" ? { name: id, ...(request.body as object) } : request.body;
    response.json(await replaceTemplate(pool, id, toTemplate(parseInput(templateRequest, body))));
  });
  router.delete("/:id", async (request, response) => {
    const { id } = parseInput(params, request.params);
    await deleteTemplate(pool, id);
    log.info("template.deleted", { template: id });
    response.status(204).end();
  });
  return router;
}
