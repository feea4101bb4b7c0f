import { AppError } from "@freehold/kernel/errors";
import { jsonBody, parseInput, requireBearer } from "@freehold/kernel/http";
import type { Secret } from "@freehold/kernel/secret";
import express, { type Express } from "express";
import { z } from "zod";
import { beginDeviceFlow, pollDeviceFlow } from "../copilot/device-flow.ts";
import type { SendJson } from "../copilot/http.ts";
import type { CopilotOptions } from "../copilot/options.ts";

export interface SignInParts {
  /** By the provider's name. */
  copilots: ReadonlyMap<string, CopilotOptions>;
  token: Secret;
  send: SendJson;
}

export const poll = z.strictObject({ deviceCode: z.string().min(1).max(500) });

/** Signing in to a provider with a device code. The token is shown to the owner once and not kept: it belongs with the other keys, in a file or a variable. */
export function signInRoutes(app: Express, { copilots, token, send }: SignInParts): void {
  const router = express.Router();
  router.use(requireBearer(token.reveal()));
  router.post("/:name/sign-in", async (request, response) => {
    response
      .status(201)
      .set("cache-control", "no-store")
      .json(await beginDeviceFlow(placeOf(copilots, request.params.name), send));
  });
  router.post("/:name/sign-in/poll", jsonBody(4_096), async (request, response) => {
    const { deviceCode } = parseInput(poll, request.body);
    response.set("cache-control", "no-store").json(await pollDeviceFlow(placeOf(copilots, request.params.name as string), deviceCode, send));
  });
  app.use("/admin/providers", router);
}

function placeOf(copilots: SignInParts["copilots"], name: string): { githubUrl: string; clientId: string } {
  const options = copilots.get(name);
  if (options?.clientId === undefined)
    throw new AppError(
      "sign-in.not-offered",
      `The provider ${name.slice(0, 100)} is not signed in to from here; it must be of the kind copilot and have a clientId.`,
      {
        status: 409,
      },
    );
  return { githubUrl: options.githubUrl, clientId: options.clientId };
}
