import { pipeline } from "node:stream/promises";
import type { Response } from "express";
import type { Dispatcher } from "undici";
import type { Clock } from "@freehold/kernel/clock";
import { AppError } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import { mintTrialKey, revokeTrialKey } from "./trial-key.ts";
import { upstreamError } from "./upstream-errors.ts";
import type { Upstream } from "./upstreams.ts";

/** One question to a model, as its owner writes it to try things out. */
export interface Trial {
  model: string;
  prompt: string;
  system?: string | undefined;
  maxTokens: number;
  /** The only provider that may answer; whichever is next unless given. */
  provider?: string | undefined;
}

export interface Trials {
  /** Asks the model and streams its answer back. Throws: AppError `trial.…`, `upstream.…`. */
  run(trial: Trial, response: Response): Promise<void>;
}

export interface TrialsParts {
  connections: Dispatcher;
  gateway: Upstream;
  clock: Clock;
  log: Log;
}

/** The key is revoked when the answer has ended; should that fail, it lives no longer than this. Units: milliseconds. */
const keyLifeMs = 15 * 60_000;
/** Longer than the gateway gives a provider, so that the gateway says what went wrong. */
const answerWithinMs = 150_000;
const shownHeaders = ["content-type", "x-freehold-provider", "x-freehold-cache", "request-id"];

export function createTrials({ connections, gateway, clock, log }: TrialsParts): Trials {
  return {
    async run(trial, response) {
      const left = new AbortController();
      response.once("close", () => left.abort());
      const key = await mintTrialKey(connections, gateway, {
        expiresAt: new Date(clock.now() + keyLifeMs).toISOString(),
        provider: trial.provider,
      }).catch(asUpstreamError(gateway));
      try {
        await passBack(await ask({ connections, gateway, trial, key: key.key, signal: left.signal }), response);
      } catch (thrown) {
        // Nobody is there any more to be told.
        if (!left.signal.aborted) asUpstreamError(gateway)(thrown);
      } finally {
        await revokeTrialKey(connections, gateway, key.id).catch((error: unknown) => log.warn("trial.key-left", { keyId: key.id, error }));
      }
    },
  };
}

/** A trial changes nothing: it may be repeated like a read. */
const asUpstreamError = (gateway: Upstream) => (thrown: unknown) => {
  throw upstreamError(gateway, "GET", thrown);
};

interface Question {
  connections: Dispatcher;
  gateway: Upstream;
  trial: Trial;
  key: string;
  signal: AbortSignal;
}

async function ask({ connections, gateway, trial, key, signal }: Question): Promise<Dispatcher.ResponseData> {
  signal.throwIfAborted();
  const { model, prompt, system, maxTokens } = trial;
  const answer = await connections.request({
    origin: gateway.url,
    path: "/v1/messages",
    method: "POST",
    headers: { "x-api-key": key, "anthropic-version": "2023-06-01", "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({
      model,
      max_tokens: maxTokens,
      stream: true,
      ...(system === undefined ? {} : { system }),
      messages: [{ role: "user", content: prompt }],
    }),
    signal,
    headersTimeout: answerWithinMs,
  });
  if (answer.statusCode !== 200) throw await refusalOf(answer);
  return answer;
}

async function passBack({ headers, body }: Dispatcher.ResponseData, response: Response): Promise<void> {
  for (const name of shownHeaders) if (headers[name] !== undefined) response.setHeader(name, headers[name]);
  response.flushHeaders();
  await pipeline(body, response);
}

/** The gateway's refusal in the console's shape. A 401 must not reach the browser as one: it would sign the owner out. */
async function refusalOf({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<AppError> {
  const { error } = (await body.json().catch(() => ({}))) as { error?: { type?: unknown; message?: unknown } };
  const text = typeof error?.message === "string" && error.message !== "" ? error.message : `The gateway answered with status ${statusCode}.`;
  const seconds = Number(headers["retry-after"]);
  return new AppError("trial.refused", text, {
    status: statusCode === 401 || statusCode < 400 ? 502 : statusCode,
    retryable: Number.isFinite(seconds),
    ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1_000 }),
    details: { status: statusCode, type: error?.type, provider: headers["x-freehold-provider"] },
  });
}
