import { AppError } from "@freehold/kernel/errors";
import type { Activity } from "./activity.ts";
import type { Admissions, Admitted } from "./admission.ts";
import { visitCookie } from "./door-cookies.ts";
import { originOf, safePath } from "./hosts.ts";
import type { Doors, TenantState } from "./manager-doors.ts";
import type { Notice } from "./page.ts";
import { sha256 } from "../sessions.ts";
import { isOver, noticeOf } from "./state-words.ts";
import type { Visit } from "./visit.ts";

/** What becomes of a request at a tenant's host. */
export type Passage =
  | { kind: "through"; admitted: Admitted }
  | { kind: "page"; status: number; notice: Notice }
  | { kind: "sign-in"; location: string; cookie: string };

export type WayIn = (visit: Visit) => Promise<Passage>;

export interface WayInParts {
  admissions: Admissions;
  doors: Doors;
  activity: Activity;
  publicOrigin: string;
  newToken: () => string;
}

/** Units: milliseconds. Programs and WebSockets wait this long for a tenant to wake. */
export const holdMs = 30_000;
/** Units: milliseconds. A person sees the waiting page at once, unless the tenant is up already. */
const glanceMs = 250;

/** Leads a request through to its tenant, waking it; to the console, to say who one is; or to a page that tells what there is to wait for. */
export function createWayIn(parts: WayInParts): WayIn {
  const { admissions, doors, activity, publicOrigin } = parts;
  return async (visit) => {
    const admitted = await admissions.admit(visit);
    if (admitted === undefined) return toConsole(parts, visit);
    const { id, state } = admitted.door;
    if (state === "awake") {
      activity.note(id);
      return { kind: "through", admitted };
    }
    const now = isOver(state) ? state : await doors.awake(id, visit.isNavigation ? glanceMs : holdMs);
    if (now === "awake") {
      // Much may have changed while it woke: who asks is judged anew.
      const still = await admissions.admit(visit, { fresh: true });
      return still === undefined ? toConsole(parts, visit) : { kind: "through", admitted: still };
    }
    if (visit.isNavigation) return { kind: "page", status: 503, notice: noticeOf(now, { id, publicOrigin }) };
    throw notUp(id, now);
  };
}

function toConsole({ publicOrigin, newToken }: WayInParts, visit: Visit): Passage {
  const { host, cookies } = visit;
  if (host === undefined || !visit.isNavigation) throw signInFirst();
  // Several windows on their way at once share the nonce: none undoes another's.
  const nonce = cookies.visit ?? newToken();
  const query = new URLSearchParams({ host, path: safePath(visit.uri, originOf(host, publicOrigin)), visit: sha256(nonce).toString("base64url") });
  return { kind: "sign-in", location: `${publicOrigin}/enter?${query.toString()}`, cookie: visitCookie(nonce) };
}

export const signInFirst = (): AppError =>
  new AppError(
    "tenant.sign-in",
    "Nothing let this request in. Open the page in a browser to sign in, or send `Authorization: Bearer` with the tenant's own token.",
    {
      status: 401,
    },
  );

function notUp(id: string, state: Exclude<TenantState, "awake">): AppError {
  const { text } = noticeOf(state, { id, publicOrigin: "" });
  if (isOver(state)) return new AppError("tenant.over", `${id} is not running. ${text}`, { status: 503, details: { state } });
  return new AppError("tenant.not-up", `${id} did not get up in time (${state}). Ask again in a few seconds.`, {
    status: 503,
    retryable: true,
    retryAfterMs: 5_000,
    details: { state },
  });
}
