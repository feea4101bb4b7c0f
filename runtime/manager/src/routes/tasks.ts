import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import { taskRequest } from "../task-request.ts";
import type { Tasks } from "../tasks.ts";

export function taskRoutes(tasks: Tasks): Router {
  const router = Router();
  router.post("/", jsonBody(2_097_152), async (request, response) => {
    const wanted = parseInput(taskRequest, request.body);
    const left = new AbortController();
    response.once("close", () => left.abort());
    const result = await tasks.run(wanted, left.signal);
    response.json(result);
  });
  return router;
}
