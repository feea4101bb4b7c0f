import { jsonBody, parseInput, requireBearer } from "@freehold/kernel/http";
import type { Secret } from "@freehold/kernel/secret";
import { Router } from "express";
import { z } from "zod";
import type { Account } from "../credentials/account.ts";
import type { CredentialKind } from "../credentials/authorizer.ts";
import { fault } from "../errors.ts";
import type { LastCall } from "../observation.ts";

interface SignInParts {
  token: Secret;
  /** Undefined where no OAuth client is set. */
  account: Account | undefined;
  credential: () => Promise<CredentialKind>;
  lastCall: () => LastCall | null;
}

const finishBody = z.object({ code: z.string().trim().min(1).max(4_000) });

/** The administration of the sign-in with a Google account. */
export function signInRoutes({ token, account, credential, lastCall }: SignInParts): Router {
  const router = Router();
  const configured = (): Account => {
    if (account !== undefined) return account;
    throw fault(
      "oauth.not-configured",
      "Set GOOGLE_OAUTH_CLIENT_ID, GOOGLE_OAUTH_CLIENT_SECRET, GOOGLE_PROJECT and BRIDGE_KEY to sign in with a Google account.",
    );
  };
  router.use(requireBearer(token.reveal()));
  router.get("/oauth/status", async (_request, response) => {
    const status = account === undefined ? { state: "not-configured", expiresAt: null } : await account.status();
    response.json({ ...status, credential: await credential(), lastCall: lastCall() });
  });
  router.post("/oauth/start", async (_request, response) => {
    response.status(201).json(await configured().start());
  });
  router.post("/oauth/finish", jsonBody(8_192), async (request, response) => {
    await configured().finish(parseInput(finishBody, request.body).code);
    response.status(204).end();
  });
  router.delete("/oauth", async (_request, response) => {
    await configured().signOut();
    response.status(204).end();
  });
  return router;
}
