import { defaultTextMapGetter, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Context, type Span, type Tracer } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { plainModel } from "../plain-model.ts";
import { usageAttributes, providerName } from "./attributes.ts";
import type { CallTrace, TracedArrival, TracedAttempt, TracedEnding, TracedRoute } from "./trace.ts";

const w3c = new W3CTraceContextPropagator();
/** Units: milliseconds since 1970, from those of the monotonic clock. */
const wallTime = (at: number) => performance.timeOrigin + at;

/** Begins the span of a request, below the caller's own if it sent one. */
export function spanOfCall(tracer: Tracer, arrival: TracedArrival): CallTrace {
  return new CallSpan(tracer, arrival);
}

class CallSpan implements CallTrace {
  readonly #tracer: Tracer;
  readonly #route: TracedRoute;
  readonly #span: Span;
  readonly #context: Context;
  readonly #attempts = new Map<TracedAttempt, Span>();
  #isOver = false;

  constructor(tracer: Tracer, { id, request, route, startedAt }: TracedArrival) {
    this.#tracer = tracer;
    this.#route = route;
    const parent = w3c.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const attributes = { ...operation(route), "http.request.method": route.method, "freehold.request.id": id };
    this.#span = tracer.startSpan(operationName(route), { kind: SpanKind.SERVER, startTime: wallTime(startedAt), attributes }, parent);
    this.#context = trace.setSpan(parent, this.#span);
  }

  cached(result: "hit" | "miss" | "shared"): void {
    this.#span.setAttribute("freehold.cache", result);
  }

  asked(attempt: TracedAttempt, headers: string[]): void {
    if (this.#isOver) return;
    const { target, askedModel, startedAt } = attempt;
    const model = plainModel(askedModel);
    const { hostname, port, protocol } = new URL(target.provider.origin);
    const attributes: Attributes = {
      ...operation(this.#route),
      "gen_ai.provider.name": providerName(target.provider),
      "server.address": hostname,
      "server.port": Number(port || (protocol === "https:" ? 443 : 80)),
      "freehold.target": target.name,
      ...(model === undefined ? {} : { "gen_ai.request.model": model }),
    };
    const span = this.#tracer.startSpan(spanName(this.#route, model), { kind: SpanKind.CLIENT, startTime: wallTime(startedAt), attributes }, this.#context);
    this.#attempts.set(attempt, span);
    w3c.inject(trace.setSpan(this.#context, span), headers, { set: replaceHeader });
  }

  attempted(attempt: TracedAttempt, result: string, status: number): void {
    const span = this.#attempts.get(attempt);
    if (span === undefined) return;
    this.#attempts.delete(attempt);
    const { usage, startedAt, firstByteAt } = attempt;
    const model = plainModel(attempt.model);
    span.setAttributes({
      ...usageAttributes(usage),
      "freehold.result": result,
      ...(status === 0 ? {} : { "http.response.status_code": status }),
      ...(model === undefined ? {} : { "gen_ai.response.model": model }),
      ...(firstByteAt === undefined ? {} : { "gen_ai.response.time_to_first_chunk": (firstByteAt - startedAt) / 1_000 }),
    });
    if (result !== "answered" && result !== "abandoned") span.setAttribute("error.type", result).setStatus({ code: SpanStatusCode.ERROR });
    span.end(wallTime(performance.now()));
  }

  refused(code: string, status: number): void {
    this.#end({ "error.type": code, "http.response.status_code": status, "freehold.outcome": "refused" }, status >= 500);
  }

  ended(ending: TracedEnding): void {
    const { model, outcome, status, provider, usage, costUsd, keyId, jobId, sessionId, streamed, firstByteMs } = ending;
    this.#span.updateName(spanName(this.#route, model ?? undefined));
    const attributes: Attributes = {
      ...usageAttributes(usage),
      "gen_ai.request.stream": streamed,
      "http.response.status_code": status,
      "freehold.provider": provider,
      "freehold.outcome": outcome,
      "freehold.key.id": keyId,
      ...(model === null ? {} : { "gen_ai.response.model": model }),
      ...(jobId === null ? {} : { "freehold.job.id": jobId }),
      ...(sessionId === null ? {} : { "gen_ai.conversation.id": sessionId }),
      ...(costUsd === null ? {} : { "freehold.cost_usd": costUsd }),
      ...(firstByteMs === null ? {} : { "gen_ai.response.time_to_first_chunk": firstByteMs / 1_000 }),
      ...(outcome === "failed" ? { "error.type": String(status) } : {}),
    };
    this.#end(attributes, outcome === "failed" && (status >= 500 || status === 200));
  }

  left(): void {
    this.#end({ "freehold.outcome": "aborted" }, false);
  }

  #end(attributes: Attributes, isFault: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const attempt of this.#attempts.keys()) this.attempted(attempt, "abandoned", attempt.status);
    this.#span.setAttributes(attributes);
    if (isFault) this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end(wallTime(performance.now()));
  }
}

const operationName = ({ name }: TracedRoute): string => (name === "messages" ? "chat" : name);
const operation = (route: TracedRoute): Attributes => ({ "gen_ai.operation.name": operationName(route) });
const spanName = (route: TracedRoute, model: string | undefined): string => (model === undefined ? operationName(route) : `${operationName(route)} ${model}`);

/** Puts a header in place of the caller's own. Shape: names and values in turn. */
function replaceHeader(headers: string[], name: string, value: string): void {
  for (let index = headers.length - 2; index >= 0; index -= 2) if (headers[index]?.toLowerCase() === name) headers.splice(index, 2);
  headers.push(name, value);
}
