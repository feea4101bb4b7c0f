import type { Failure, UpstreamError } from "./attempt.ts";
import { relayedError, renderRefusal, type WholeAnswer } from "./anthropic-error.ts";
import type { Blockade } from "./circuit-board.ts";
import { refusal, type ErrorCode, type Refusal } from "./errors.ts";
import { headersForCaller } from "./headers.ts";
import type { Provider } from "./provider.ts";

/** A provider that was asked in vain. Units: milliseconds until it may be asked again. */
export interface Tried {
  provider: Provider;
  failure: Failure;
  waitMs: number;
}

/** A provider that was not asked, because its circuit is open or it is full. */
export interface Skipped extends Blockade {
  provider: Provider;
}

export interface Context {
  requestId: string;
  model: string | undefined;
  passOverloaded: boolean;
}

/** An answer that is no success, with our code where it is ours. */
export interface FinalAnswer extends WholeAnswer {
  code: ErrorCode | undefined;
}

/** Claude Code waits this long at most and gives up at once when told more; it does so ten times. Units: milliseconds. */
const longestAdviceMs = 60_000;
const worthWaitingMs = 10 * longestAdviceMs;

/**
 * What the caller is told when nobody can answer: to wait if any provider will be back, and for how long; else what is wrong.
 * Source: reactions measured with Claude Code 2.1.329 (2026-11).
 */
export function finalAnswer(tried: readonly Tried[], skipped: readonly Skipped[], context: Context): FinalAnswer {
  const passing = [...tried.filter(({ failure }) => isPassing(failure.verdict.kind)), ...skipped.filter(({ kind }) => isPassing(kind))].toSorted(
    (one, other) => one.waitMs - other.waitMs,
  );
  const [soonest] = passing;
  if (soonest !== undefined) return "failure" in soonest ? tellTried(soonest, context) : ours(resting(soonest), context);
  const [unable] = tried.filter(({ failure }) => failure.verdict.kind === "unable" || failure.verdict.kind === "betas");
  const [refused] = tried;
  if (unable !== undefined || refused !== undefined) return tellTried((unable ?? refused) as Tried, context);
  const [resented] = skipped;
  return ours(resented === undefined ? notOffered(context) : account(resented.provider, resented.text), context);
}

/** Tells a failure as its provider did, as far as that does a caller good. */
export function tellTried({ provider, failure: { verdict, told }, waitMs }: Tried, context: Context): FinalAnswer {
  if (verdict.kind === "billing" && "upstream" in told && told.upstream.status !== 402) return ours(account(provider, String(told.upstream.status)), context);
  const answer = "refusal" in told ? ours(told.refusal, context, provider) : relay(provider, told.upstream, context);
  if (verdict.kind === "caller") return answer;
  const { "x-should-retry": _advice, "retry-after": ownWait, ...headers } = answer.headers;
  // What the provider asked for is in `waitMs`; our own table may ask for more.
  if (isPassing(verdict.kind)) return { ...answer, headers: { ...headers, ...advice(Math.max(waitMs, "refusal" in told ? Number(ownWait ?? 0) * 1_000 : 0)) } };
  return verdict.kind === "unable" && answer.status === 404 ? answer : { ...answer, headers: { ...answer.headers, "x-should-retry": "false" } };
}

const isPassing = (kind: string) => kind === "busy" || kind === "down";

function advice(waitMs: number): Record<string, string> {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  if (waitMs > worthWaitingMs) return { "retry-after": String(seconds), "x-should-retry": "false" };
  return { "retry-after": String(Math.min(seconds, longestAdviceMs / 1_000)) };
}

function relay(provider: Provider, { status, headers, body }: UpstreamError, { requestId, model, passOverloaded }: Context): FinalAnswer {
  const { "content-encoding": _encoding, ...kept } = headersForCaller(headers, provider.name);
  const id = upstreamRequestId(headers) ?? requestId;
  const told = relayedError(provider, { status, body, model, requestId: id, passOverloaded });
  return { ...told, headers: { "request-id": id, ...flat(kept), "content-type": "application/json" }, code: undefined };
}

const flat = (headers: Record<string, string | string[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]));

export function upstreamRequestId(headers: Record<string, string | string[] | undefined>): string | undefined {
  const id = headers["request-id"];
  return typeof id === "string" && /^[\w.-]{1,200}$/.test(id) ? id : undefined;
}

function ours(why: Refusal, { requestId }: Context, provider?: Provider): FinalAnswer {
  const answer = renderRefusal(why, requestId);
  return { ...answer, headers: { ...answer.headers, ...(provider && { "x-freehold-provider": provider.name }) }, code: why.code };
}

function resting({ provider: { label }, kind, text, waitMs }: Skipped): Refusal {
  const { "retry-after": seconds, ...headers } = advice(waitMs);
  const more = { retryAfterSeconds: Number(seconds), headers };
  return kind === "busy"
    ? refusal("provider.busy", `All models' providers are at their limits; ${label} is asked again in ${seconds} s.`, more)
    : refusal("provider.down", `No provider can answer now; ${label} failed (${text}) and is asked again in ${seconds} s.`, more);
}

const account = ({ label }: Provider, text: string): Refusal =>
  refusal("provider.account", `${label} refuses the home's own key or account (${text}). The owner of the home must mend that (\`freehold key set\`).`);

const notOffered = ({ model }: Context): Refusal =>
  refusal(
    "model.not-offered",
    `No provider of this home offers ${model === undefined ? "this" : `the model ${model}, or what was asked of it`}. Ask for another one.`,
  );
