import { Router } from "express";
import { jsonBody, parseInput } from "@freehold/kernel/http";
import { z } from "zod";
import type { Audit } from "../audit.ts";
import type { Trials } from "../trial.ts";

const name = (longest: number) =>
  z
    .string()
    .min(1, "is empty")
    .max(longest)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must hold no control characters");
const trialInput = z.strictObject({
  model: name(200),
  prompt: z.string().trim().min(1, "is empty").max(100_000, "has more than 100,000 characters"),
  system: z.string().trim().min(1).max(20_000, "has more than 20,000 characters").optional(),
  maxTokens: z.int().min(1).max(64_000).default(1_024),
  provider: name(100).optional(),
});

/** Lets the owner ask a model from the browser, which never sees a key. */
export function trialRouter(trials: Trials, audit: Audit): Router {
  const router = Router();
  router.post("/api/models/try", jsonBody(1_000_000), audit.record("model.try"), async (request, response) => {
    await trials.run(parseInput(trialInput, request.body), response);
  });
  return router;
}
