import { AppError } from "@freehold/kernel/errors";
import { parseInput, requireBearer } from "@freehold/kernel/http";
import type { Secret } from "@freehold/kernel/secret";
import express, { type Express, type Router } from "express";
import { z } from "zod";
import type { AnswerStore } from "../cache/answer-store.ts";
import type { CircuitBoard } from "../circuit-board.ts";
import type { Provider } from "../provider.ts";
import { viewProviders } from "../provider-state.ts";
import { sumUsage } from "../store/bookings.ts";
import { text } from "./fields.ts";
import { keyRoutes, type KeyRoutesParts } from "./keys.ts";

export interface AdminParts extends KeyRoutesParts {
  providers: readonly Provider[];
  board: CircuitBoard;
  token: Secret;
  /** Absent where the cache is off. */
  answers: AnswerStore | undefined;
}

export const usageQuery = z.object({ jobId: text(200).optional() });

/** Everything for the owner's own services: keys, providers, usage. */
export function adminRoutes(app: Express, parts: AdminParts): void {
  const router = express.Router();
  router.use(requireBearer(parts.token.reveal()));
  keyRoutes(router, parts);
  providerRoutes(router, parts);
  cacheRoutes(router, parts);
  router.get("/usage", async (request, response) => {
    const { jobId } = parseInput(usageQuery, request.query);
    // A request that has ended is in the sums, also when it is still on its way into the database.
    await parts.books.flush();
    response.json(await sumUsage(parts.db, jobId));
  });
  app.use("/admin", router);
}

function providerRoutes(router: Router, { providers, board }: AdminParts): void {
  router.get("/providers", (_request, response) => {
    const views = viewProviders(providers, board);
    response.json({ active: views.find((view) => view.active)?.name ?? null, providers: views });
  });
  // For an owner who has mended something and doesn't want to wait for the next probe.
  router.post("/providers/:name/reset", (request, response) => {
    const { name } = request.params;
    if (!providers.some((provider) => provider.name === name))
      throw new AppError("provider.no-such", `There is no provider ${name.slice(0, 100)}; GET /admin/providers lists them.`, { status: 404 });
    board.reset(name);
    response.status(204).end();
  });
}

function cacheRoutes(router: Router, { answers }: AdminParts): void {
  router.get("/cache", (_request, response) => {
    response.json({ enabled: answers !== undefined, answers: answers?.count ?? 0, bytes: answers?.bytes ?? 0 });
  });
  router.delete("/cache", (_request, response) => {
    answers?.clear();
    response.status(204).end();
  });
}
