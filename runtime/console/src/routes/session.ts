import { parseInput } from "@freehold/kernel/http";
import type { Metrics } from "@freehold/kernel/metrics";
import { noteCaller } from "../audit.ts";
import { callerOf } from "../callers.ts";
import { signInInput } from "../inputs.ts";
import { endedCookie, sessionCookie } from "../session-cookie.ts";
import { revokeSession } from "../sessions.ts";
import { signIn, type SignInParts } from "../sign-in.ts";
import type { Handlers } from "./own.ts";

/** Sign in, ask who one is, sign out. */
export function sessionHandlers(parts: SignInParts & { metrics: Metrics }): Pick<Handlers, "signIn" | "whoAmI" | "signOut"> {
  const tries = parts.metrics.counter("console_sign_ins_total", "Tries to sign in.", ["outcome"]);
  return {
    async signIn(request, response) {
      const { name, password } = parseInput(signInInput, request.body);
      const attempt = { name, password, address: request.ip, userAgent: request.get("user-agent") };
      const { token, member } = await signIn(parts, attempt).catch((thrown: unknown) => {
        tries.inc({ outcome: "refused" });
        throw thrown;
      });
      tries.inc({ outcome: "done" });
      noteCaller(response, { by: "session", member });
      response.append("set-cookie", sessionCookie(token)).status(204).end();
    },
    whoAmI(_request, response) {
      const { member, role } = callerOf(response);
      response.json({ user: { id: member.id, name: member.name, role } });
    },
    async signOut(_request, response) {
      const { sessionId } = callerOf(response);
      if (sessionId !== undefined) await revokeSession(parts.pool, sessionId, parts.clock.now());
      response.removeHeader("set-cookie");
      response.append("set-cookie", endedCookie()).status(204).end();
    },
  };
}
