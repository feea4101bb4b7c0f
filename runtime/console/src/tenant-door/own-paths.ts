import type { Response } from "express";
import type { Clock } from "@freehold/kernel/clock";
import { AppError } from "@freehold/kernel/errors";
import type { Pool } from "@freehold/kernel/postgres";
import type { Admissions } from "./admission.ts";
import { passCookie } from "./door-cookies.ts";
import { originOf, ownPrefix } from "./hosts.ts";
import { exchangeTicket } from "./passes.ts";
import { isOver, noticeOf } from "./state-words.ts";
import type { Visit } from "./visit.ts";
import { signInFirst } from "./way-in.ts";

export interface OwnParts {
  pool: Pool;
  clock: Clock;
  admissions: Admissions;
  publicOrigin: string;
  newToken: () => string;
}

/** The home's own paths on a tenant's host: the end of the way in, and what the waiting page asks for. */
export function ownRoutes(parts: OwnParts): (visit: Visit, response: Response) => Promise<void> {
  const routes: Readonly<Record<string, (visit: Visit, response: Response) => Promise<void>>> = {
    [`${ownPrefix}/enter`]: (visit, response) => enter(parts, visit, response),
    [`${ownPrefix}/state`]: (visit, response) => tellState(parts, visit, response),
  };
  return async (visit, response) => {
    const route = visit.method === "GET" ? routes[visit.uri.split("?", 1)[0]!] : undefined;
    if (route === undefined) throw new AppError("request.not-found", `There is no ${visit.method} ${visit.uri.slice(0, 200)} here.`, { status: 404 });
    await route(visit, response);
  };
}

async function enter({ pool, clock, admissions, publicOrigin, newToken }: OwnParts, visit: Visit, response: Response): Promise<void> {
  const { host, cookies } = visit;
  const ticket = URL.parse(visit.uri, publicOrigin)?.searchParams.get("ticket") ?? "";
  if (host === undefined || !/^[\w-]{43}$/.test(ticket)) throw over();
  const origin = originOf(host, publicOrigin);
  const token = newToken();
  const path = cookies.visit === undefined ? undefined : await exchangeTicket(pool, { ticket, visit: cookies.visit, host, token }, clock.now());
  response.setHeader("referrer-policy", "no-referrer");
  if (path !== undefined) return response.append("set-cookie", passCookie(token)).redirect(303, origin + path);
  // Whoever comes back by a link that was used is in already.
  if (cookies.pass !== undefined && (await admissions.admit({ ...visit, origin: undefined, fetchSite: undefined })) !== undefined)
    return response.redirect(303, `${origin}/`);
  throw over();
}

async function tellState({ admissions, publicOrigin }: OwnParts, visit: Visit, response: Response): Promise<void> {
  const admitted = await admissions.admit(visit);
  if (admitted === undefined) throw signInFirst();
  const { id, state } = admitted.door;
  if (state === "awake") return void response.json({ state });
  const { title, text } = noticeOf(state, { id, publicOrigin });
  response.json({ state, title, text, isOver: isOver(state) });
}

const over = () =>
  new AppError(
    "tenant.ticket-over",
    "A link into a tenant works once, for half a minute, and in the browser that asked for it. Open the tenant's address again.",
    {
      status: 403,
    },
  );
