import { randomBytes } from "node:crypto";
import { Router, type RequestHandler } from "express";
import { jsonBody, parseInput } from "@freehold/kernel/http";
import type { Metrics } from "@freehold/kernel/metrics";
import { z } from "zod";
import type { Audit } from "../audit.ts";
import { callerOf, foreignOrigin, requireCaller, type CallerParts } from "../callers.ts";
import { endedCookie, sessionCookie } from "../session-cookie.ts";
import { revokeSession } from "../sessions.ts";
import { signIn } from "../sign-in.ts";

const passwordInput = z.strictObject({ password: z.string().min(1, "is empty").max(1_000, "has more than 1000 characters") });

export interface SessionParts extends CallerParts {
  checkPassword: (password: string) => Promise<boolean>;
  metrics: Metrics;
  audit: Audit;
}

/** Sign in, ask who one is, sign out. */
export function sessionRouter(parts: SessionParts): Router {
  const tries = parts.metrics.counter("console_sign_ins_total", "Tries to sign in.", ["outcome"]);
  const newToken = () => randomBytes(32).toString("base64url");
  const router = Router();
  router.post("/api/session", sameOriginIfNamed(parts.publicOrigin), jsonBody(10_000), parts.audit.record("session.create"), async (request, response) => {
    const { password } = parseInput(passwordInput, request.body);
    const attempt = { password, address: request.ip, userAgent: request.get("user-agent") };
    const token = await signIn({ ...parts, newToken }, attempt).catch((thrown: unknown) => {
      tries.inc({ outcome: "refused" });
      throw thrown;
    });
    tries.inc({ outcome: "done" });
    response.append("set-cookie", sessionCookie(token)).status(204).end();
  });
  router.get("/api/session", requireCaller(parts), (_request, response) => void response.json({ user: "owner" }));
  router.delete("/api/session", requireCaller(parts), parts.audit.record("session.delete"), async (_request, response) => {
    const caller = callerOf(response);
    if (caller.kind === "session") await revokeSession(parts.pool, caller.tokenSha256, parts.clock.now());
    response.removeHeader("set-cookie");
    response.append("set-cookie", endedCookie()).status(204).end();
  });
  return router;
}

/** Browsers always name the origin of a POST: a foreign one must not sign anybody in. Other clients name none. */
function sameOriginIfNamed(publicOrigin: string): RequestHandler {
  return (request, _response, next) => {
    const origin = request.get("origin");
    if (origin !== undefined && origin !== publicOrigin) throw foreignOrigin(origin, publicOrigin);
    next();
  };
}
