import type { Dispatcher } from "undici";
import { AppError } from "@freehold/kernel/errors";
import { parseInput } from "@freehold/kernel/http";
import type { Clock } from "@freehold/kernel/clock";
import type { Pool } from "@freehold/kernel/postgres";
import { answerLinkInput } from "../inputs.ts";
import { responseHeaders } from "../proxy-headers.ts";
import { refusedToken, upstreamError } from "../upstream-errors.ts";
import type { Upstream } from "../upstreams.ts";
import { addressKey, inWords, linkLimit } from "../throttle.ts";
import { returnTry, takeTry } from "../throttle-store.ts";
import type { Handlers } from "./own.ts";

export interface AnswerLinkParts {
  pool: Pool;
  clock: Clock;
  connections: Dispatcher;
  worker: Upstream;
}

/**
 * The one route of another service that strangers reach: whoever has the token of a notice may give the answer that it stands for. The worker
 * knows its tokens; here an address is kept from trying many.
 */
export function answerLinkHandlers({ pool, clock, connections, worker }: AnswerLinkParts): Pick<Handlers, "answerByLink"> {
  return {
    async answerByLink(request, response) {
      const answer = parseInput(answerLinkInput, request.body);
      const key = `link ${addressKey(request.ip)}`;
      const waitMs = await takeTry(pool, key, linkLimit, clock.now());
      if (waitMs > 0) throw throttled(waitMs);
      const answered = await connections
        .request({
          origin: worker.url,
          path: "/api/approvals/answer",
          method: "POST",
          headers: {
            authorization: `Bearer ${worker.token.reveal()}`,
            "content-type": "application/json",
            "x-request-id": response.locals["requestId"] as string,
          },
          body: JSON.stringify(answer),
          headersTimeout: 30_000,
        })
        .catch((thrown: unknown) => {
          throw upstreamError(worker, "POST", thrown);
        });
      const text = await answered.body.text();
      if (answered.statusCode === 401) throw refusedToken(worker);
      if (answered.statusCode < 400 || answered.statusCode === 409) await returnTry(pool, key, linkLimit);
      for (const [name, value] of responseHeaders(answered.headers)) if (name === "content-type") response.setHeader(name, value);
      response.status(answered.statusCode).send(text);
    },
  };
}

const throttled = (waitMs: number) =>
  new AppError("auth.throttled", `Too many links that answer nothing came from your address. Wait ${inWords(waitMs)}, or answer in the console.`, {
    status: 429,
    retryable: true,
    retryAfterMs: waitMs,
  });
