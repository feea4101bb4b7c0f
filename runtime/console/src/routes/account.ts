import type { Request, Response } from "express";
import { AppError } from "@freehold/kernel/errors";
import { parseInput } from "@freehold/kernel/http";
import type { Pool } from "@freehold/kernel/postgres";
import { createApiToken, listApiTokens, memberOfToken, revokeApiToken, tokenPrefix } from "../api-tokens.ts";
import { noteDetail } from "../audit.ts";
import { callerOf } from "../callers.ts";
import { passwordInput, tokenInput, whoseQuery } from "../inputs.ts";
import { findMember, findMemberByName, setPassword } from "../members.ts";
import { mayAct } from "../roles.ts";
import { listSessions, memberOfSession, revokeSession, revokeSessionsOf } from "../sessions.ts";
import { refuseUntil, type SignInParts } from "../sign-in.ts";
import { addressLimit } from "../throttle.ts";
import { returnTry, takeTry } from "../throttle-store.ts";
import type { Handlers } from "./own.ts";
import { noSuch, uuidOf } from "./uuid.ts";

export interface AccountParts extends SignInParts {
  newId: () => string;
}

type AccountHandlers = Pick<Handlers, "changePassword" | "listSessions" | "endSession" | "endSessions">;
type TokenHandlers = Pick<Handlers, "listTokens" | "makeToken" | "revokeToken">;

const dayMs = 24 * 60 * 60_000;

/** One's own password and sessions; the owner may see and end the sessions of every member. */
export function accountHandlers({ pool, clock, passwords }: AccountParts): AccountHandlers {
  return {
    async changePassword(request, response) {
      const { current, password } = parseInput(passwordInput, request.body);
      const { member, sessionId } = callerOf(response);
      if (member.id === "owner") throw passwordOfHome();
      const key = `password ${member.id}`;
      refuseUntil(await takeTry(pool, key, addressLimit, clock.now()), "for this account");
      const known = await findMemberByName(pool, member.name);
      if (!(await passwords.check(current, known?.password))) throw wrongCurrent();
      await returnTry(pool, key, addressLimit);
      await setPassword(pool, member.id, await passwords.hash(password));
      await revokeSessionsOf(pool, { memberId: member.id, butId: sessionId }, clock.now());
      response.status(204).end();
    },
    async listSessions(request, response) {
      const { sessionId } = callerOf(response);
      const sessions = await listSessions(pool, await whose(pool, request, response), clock.now());
      response.json({ sessions: sessions.map((session) => ({ ...session, current: session.id === sessionId })) });
    },
    async endSession(request, response) {
      const id = uuidOf(request);
      const memberId = id === undefined ? undefined : await memberOfSession(pool, id);
      if (id === undefined || !mayTouch(response, memberId)) throw noSuch("session", "GET /api/sessions");
      await revokeSession(pool, id, clock.now());
      response.status(204).end();
    },
    /** One's own but the one that asks, or all of another member's. */
    async endSessions(request, response) {
      const memberId = await whose(pool, request, response);
      const ended = await revokeSessionsOf(pool, { memberId, butId: callerOf(response).sessionId }, clock.now());
      noteDetail(response, `${ended} of ${memberId}`);
      response.json({ ended });
    },
  };
}

/** Tokens that programs present for a member. */
export function tokenHandlers({ pool, clock, newToken, newId }: AccountParts): TokenHandlers {
  return {
    async listTokens(request, response) {
      response.json({ tokens: await listApiTokens(pool, await whose(pool, request, response), clock.now()) });
    },
    async makeToken(request, response) {
      const { member, role: mine } = callerOf(response);
      const { name, role = mine, expiresInDays } = parseInput(tokenInput, request.body);
      if (!mayAct(mine, role)) throw tooMuch(mine);
      const token = tokenPrefix + newToken();
      const made = { id: newId(), memberId: member.id, name, role, expiresAt: new Date(clock.now() + expiresInDays * dayMs) };
      await createApiToken(pool, { ...made, token }, clock.now());
      noteDetail(response, `${name}, ${role}`);
      response.status(201).json({ id: made.id, name, role, createdAt: new Date(clock.now()), expiresAt: made.expiresAt, lastUsedAt: null, token });
    },
    async revokeToken(request, response) {
      const id = uuidOf(request);
      const memberId = id === undefined ? undefined : await memberOfToken(pool, id);
      if (id === undefined || !mayTouch(response, memberId)) throw noSuch("token", "GET /api/tokens");
      await revokeApiToken(pool, id, clock.now());
      response.status(204).end();
    },
  };
}

async function whose(pool: Pool, request: Request, response: Response): Promise<string> {
  const { member, role } = callerOf(response);
  const { member: named = member.id } = parseInput(whoseQuery, request.query);
  if (named === member.id) return named;
  // To all but the owner, others are nobody: who is a member is the owner's to know.
  if (role !== "owner" || (await findMember(pool, named)) === undefined) throw noSuch("member", "GET /api/members");
  return named;
}

const mayTouch = (response: Response, memberId: string | undefined): boolean => {
  const { member, role } = callerOf(response);
  return memberId !== undefined && (memberId === member.id || role === "owner");
};

const wrongCurrent = () => new AppError("password.wrong-current", "That is not your present password; nothing was changed.", { status: 422 });

const passwordOfHome = () =>
  new AppError("password.of-home", "The owner's password follows from the home's key and isn't changed here. `npx freehold password` shows it.", {
    status: 409,
  });

const tooMuch = (mine: string) =>
  new AppError("token.too-much", `A token can't do more than the one who makes it: you are ${mine}. Take that role, or a lesser one.`, { status: 403 });
