import type { Dispatcher } from "undici";
import { AppError } from "@freehold/kernel/errors";
import { refusedToken } from "./upstream-errors.ts";
import type { Upstream } from "./upstreams.ts";

export interface TrialKey {
  id: string;
  key: string;
}

export interface TrialKeyWish {
  /** Shape: RFC 3339. */
  expiresAt: string;
  /** The only provider that the key may use; any one unless given. */
  provider: string | undefined;
}

const answerWithinMs = 10_000;

/** Has the gateway make a key for one trial. Throws: AppError `trial.no-key`, `upstream.refused-token`; undici's errors. */
export async function mintTrialKey(connections: Dispatcher, gateway: Upstream, { expiresAt, provider }: TrialKeyWish): Promise<TrialKey> {
  // Whoever names a provider wants its answer, not one that was kept.
  const rules = provider === undefined ? {} : { providers: [provider], cache: false };
  const { statusCode, body } = await connections.request({
    origin: gateway.url,
    path: "/admin/keys",
    method: "POST",
    headers: { ...authorizationFor(gateway), "content-type": "application/json" },
    body: JSON.stringify({ name: "Try it, in the console", expiresAt, ...rules }),
    headersTimeout: answerWithinMs,
  });
  const answer = (await body.json().catch(() => ({}))) as { id?: unknown; key?: unknown; detail?: unknown };
  if (statusCode === 401) throw refusedToken(gateway);
  if (statusCode === 201 && typeof answer.id === "string" && typeof answer.key === "string") return { id: answer.id, key: answer.key };
  const reason = typeof answer.detail === "string" ? answer.detail : `It answered with status ${statusCode}.`;
  throw new AppError("trial.no-key", `The gateway made no key for this trial, so no model was asked. ${reason}`, { status: statusCode < 500 ? 422 : 502 });
}

/** Throws: Error when the gateway did not revoke it. */
export async function revokeTrialKey(connections: Dispatcher, gateway: Upstream, id: string): Promise<void> {
  const { statusCode, body } = await connections.request({
    origin: gateway.url,
    path: `/admin/keys/${encodeURIComponent(id)}`,
    method: "DELETE",
    headers: authorizationFor(gateway),
    headersTimeout: answerWithinMs,
  });
  await body.dump();
  if (statusCode !== 204) throw new Error(`The gateway answered with status ${statusCode}.`);
}

const authorizationFor = ({ token }: Upstream) => ({ authorization: `Bearer ${token.reveal()}` });
