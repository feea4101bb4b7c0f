import type { Request, RequestHandler, Response } from "express";
import { AppError } from "@freehold/kernel/errors";
import { sameSecret } from "@freehold/kernel/http";
import type { Pool } from "@freehold/kernel/postgres";
import type { Clock } from "@freehold/kernel/clock";
import type { Secret } from "@freehold/kernel/secret";
import { looksLikeApiToken, useApiToken } from "./api-tokens.ts";
import { noteCaller, type Audit } from "./audit.ts";
import { owner, type Member } from "./members.ts";
import { mayAct, type Role } from "./roles.ts";
import { sessionCookie, tokenOf } from "./session-cookie.ts";
import { useSession } from "./sessions.ts";

/** Who asks: a member's browser by its session, a member's program by a token of its own, or the owner's CLI by the home's token. */
export interface Caller {
  by: "session" | "api-token" | "owner-token";
  member: Member;
  /** What this request may do: never more than its member may. */
  role: Role;
  sessionId?: string;
}

export interface CallerParts {
  pool: Pool;
  clock: Clock;
  ownerToken: Secret;
  publicOrigin: string;
  audit: Audit;
}

/** Lets only members in; what changes something must come, when a cookie speaks for it, from the console's own pages. */
export function requireCaller(parts: CallerParts): RequestHandler {
  return async (request, response, next) => {
    const caller = await identify(parts, request, response);
    noteCaller(response, caller);
    const refused = caller.by === "session" ? foreignOriginOf(request, parts.publicOrigin) : undefined;
    if (refused === undefined) return next();
    await parts.audit.begin("request.foreign-origin", request, response);
    throw refused;
  };
}

export const callerOf = (response: Response): Caller => response.locals["caller"] as Caller;

export interface Permission {
  role: Role;
  action?: string | undefined;
  inPerson?: boolean | undefined;
}

/** Lets a caller pass whose role is enough; a refusal stands in the audit. */
export function requireRole(audit: Audit, { role, action, inPerson }: Permission): RequestHandler {
  return async (request, response, next) => {
    const caller = callerOf(response);
    const refused = !mayAct(caller.role, role) ? roleRefused(caller, role) : inPerson && caller.by === "api-token" ? tokenRefused() : undefined;
    if (refused === undefined) return next();
    await audit.begin(action ?? "request.read", request, response);
    throw refused;
  };
}

async function identify(parts: CallerParts, request: Request, response: Response): Promise<Caller> {
  const header = request.get("authorization");
  if (header !== undefined) return identifyByToken(parts, header, { request, response });
  const token = tokenOf(request.get("cookie"));
  const session = token === undefined ? undefined : await useSession(parts.pool, token, parts.clock.now());
  if (token === undefined || session === undefined)
    throw new AppError("auth.required", "Sign in first: send the session's cookie, or `Authorization: Bearer <token>`.", { status: 401 });
  if (session.prolonged) response.append("set-cookie", sessionCookie(token));
  return { by: "session", member: session.member, role: session.member.role, sessionId: session.id };
}

async function identifyByToken(parts: CallerParts, header: string, at: { request: Request; response: Response }): Promise<Caller> {
  const given = /^Bearer (.+)$/i.exec(header)?.[1] ?? "";
  if (sameSecret(given, parts.ownerToken.reveal())) return { by: "owner-token", member: owner, role: "owner" };
  if (!looksLikeApiToken(given)) throw badToken();
  const found = await useApiToken(parts.pool, given, parts.clock.now());
  if (found === undefined) throw badToken();
  const caller: Caller = { by: "api-token", member: found.member, role: found.role };
  if (found.refused === undefined) return caller;
  // Somebody still tries a token that was taken from them: its member should see that.
  noteCaller(at.response, caller);
  await parts.audit.begin("token.refused", at.request, at.response);
  throw badToken(`This token is ${found.refused}. Make another one in the console, under Settings.`);
}

const badToken = (detail = "This is no token of this home. Take the one that its settings hold, make one in the console under Settings, or sign in.") =>
  new AppError("auth.bad-token", detail, { status: 401 });

const roleRefused = (caller: Caller, least: Role) =>
  new AppError("auth.not-allowed", `This needs the role ${least}; you ask as ${caller.role}. Ask the owner of this home to do it, or for that role.`, {
    status: 403,
  });

const tokenRefused = () =>
  new AppError("auth.in-person", "An API token may not do this. Sign in to the console, or use the home's own token with the command line.", { status: 403 });

function foreignOriginOf(request: Request, publicOrigin: string): AppError | undefined {
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  const origin = request.get("origin");
  return origin === publicOrigin ? undefined : foreignOrigin(origin, publicOrigin);
}

/** Browsers always name the origin of a POST: a foreign one must not sign anybody in. Other clients name none. */
export function sameOriginIfNamed(publicOrigin: string): RequestHandler {
  return (request, _response, next) => {
    const origin = request.get("origin");
    if (origin !== undefined && origin !== publicOrigin) throw foreignOrigin(origin, publicOrigin);
    next();
  };
}

const foreignOrigin = (origin: string | undefined, publicOrigin: string): AppError =>
  new AppError(
    "auth.foreign-origin",
    `A change with a session's cookie must come from ${publicOrigin}; this one came from ${origin ?? "no named origin"}. Open the console at ${publicOrigin}, or set PUBLIC_ORIGIN to the address you use.`,
    { status: 403 },
  );
