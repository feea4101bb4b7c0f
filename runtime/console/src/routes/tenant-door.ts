import type { Clock } from "@freehold/kernel/clock";
import { AppError } from "@freehold/kernel/errors";
import { parseInput } from "@freehold/kernel/http";
import type { Pool } from "@freehold/kernel/postgres";
import { noteDetail } from "../audit.ts";
import { callerOf } from "../callers.ts";
import { enterTenantInput } from "../inputs.ts";
import { mayEnter, notForYou } from "../tenant-door/admission.ts";
import { originOf, ownPrefix, safePath } from "../tenant-door/hosts.ts";
import type { Doors } from "../tenant-door/manager-doors.ts";
import { createTicket } from "../tenant-door/passes.ts";
import type { Handlers } from "./own.ts";

export interface EnterParts {
  pool: Pool;
  clock: Clock;
  doors: Doors;
  publicOrigin: string;
  newToken: () => string;
}

/** The console's half of the way into a tenant: whoever is signed in gets a ticket that the tenant's host takes once. */
export function enterHandlers({ pool, clock, doors, publicOrigin, newToken }: EnterParts): Pick<Handlers, "enterTenant"> {
  return {
    async enterTenant(request, response) {
      const { host, path, visit } = parseInput(enterTenantInput, request.body);
      noteDetail(response, host);
      const { member, sessionId } = callerOf(response);
      if (sessionId === undefined) throw needsBrowser();
      const door = await doors.find(host);
      if (door === undefined || !mayEnter(member, door)) throw notForYou(host);
      const origin = originOf(host, publicOrigin);
      const token = newToken();
      await createTicket(pool, { token, visit: Buffer.from(visit, "base64url"), host, path: safePath(path, origin), sessionId }, clock.now());
      response.status(201).json({ url: `${origin}${ownPrefix}/enter?ticket=${token}` });
    },
  };
}

const needsBrowser = () =>
  new AppError("auth.in-person", "This leads a browser into a tenant. A program sends the tenant's own token to the tenant's host instead.", { status: 403 });
