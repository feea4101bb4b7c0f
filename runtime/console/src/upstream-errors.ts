import { AppError, messageOf, systemCodeOf } from "@freehold/kernel/errors";
import type { Upstream } from "./upstreams.ts";

const unreachable = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"]);
const late = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

/** Turns a failed call into an error that names the service and the cure. */
export function upstreamError(upstream: Upstream, method: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const code = systemCodeOf(cause) ?? messageOf(cause);
  if (unreachable.has(code)) return away(upstream, code, cause);
  const changes = method !== "GET" && method !== "HEAD";
  const doubt = changes
    ? " Whether it was carried out is unknown: look before you repeat it (a job with an idempotencyKey may be repeated safely)."
    : " Try again.";
  if (late.has(code))
    return new AppError("upstream.late", `The ${upstream.name} took the request and did not answer in time.${doubt} ${look(upstream)}`, {
      status: 504,
      retryable: !changes,
      cause,
    });
  return new AppError("upstream.broken", `The ${upstream.name} broke the connection before it answered (${code}).${doubt} ${look(upstream)}`, {
    status: 502,
    retryable: !changes,
    cause,
  });
}

const away = (upstream: Upstream, code: string, cause: unknown) =>
  new AppError(
    "upstream.away",
    `The ${upstream.name} can't be reached at ${upstream.url} (${code}); nothing was changed. It is restarting perhaps: try again in a few seconds. ${look(upstream)}`,
    {
      status: 503,
      retryable: true,
      retryAfterMs: 2_000,
      details: { service: upstream.name },
      cause,
    },
  );

/** An upstream's 401 must not reach the browser as one: it would sign the owner out for a fault of the house. */
export const refusedToken = (upstream: Upstream): AppError =>
  new AppError(
    "upstream.refused-token",
    `The ${upstream.name} refused the console's token: the two hold different secrets. \`npm start\` gives both the same again.`,
    {
      status: 502,
      details: { service: upstream.name },
    },
  );

const look = ({ name }: Upstream) => `If it goes on, \`npm run freehold -- status\` shows what is wrong, and the log of the ${name}'s container why.`;
