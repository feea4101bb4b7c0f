import type { Clock } from "@freehold/kernel/clock";
import { sameSecret } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Secret } from "@freehold/kernel/secret";
import { Router, type ErrorRequestHandler, type RequestHandler } from "express";
import { toErrorAnswer } from "../anthropic/error-answer.ts";
import { createBodyBudget } from "../body-budget.ts";
import { fault } from "../errors.ts";
import type { GeminiClient } from "../gemini/client.ts";
import type { ModelMap } from "../model-map.ts";
import type { Observation } from "../observation.ts";
import { translateCount, type TranslationContext } from "../translation/request.ts";
import { jsonBody } from "./json-body.ts";
import { messagesRoute } from "./messages.ts";
import { modelRoutes } from "./models.ts";

export interface AnthropicParts {
  client: GeminiClient;
  map: ModelMap;
  translation: TranslationContext;
  observation: Observation;
  clock: Clock;
  log: Log;
  token: Secret;
  pingIntervalMs: number;
  maxBodyBytes: number;
  bodyBudgetBytes: number;
  /** Units: milliseconds. */
  bodyWaitMs: number;
}

/** Anthropic's API, with its errors. */
export function anthropicRoutes(parts: AnthropicParts): Router {
  const router = Router();
  const models = modelRoutes(parts);
  router.use(requestId(), requireToken(parts.token));
  router.get("/models", models.list);
  router.get("/models/:id", models.one);
  const body = [admitBody(parts), jsonBody(parts.maxBodyBytes)];
  router.post("/messages", ...body, messagesRoute(parts));
  router.post("/messages/count_tokens", ...body, countRoute(parts));
  router.use((request) => {
    throw fault("request.unknown-route", `There is no ${request.method} ${request.originalUrl.split("?")[0]} here.`);
  });
  router.use(answerErrors(parts.log));
  return router;
}

/** `POST /v1/messages/count_tokens`. */
function countRoute({ client, translation }: AnthropicParts): RequestHandler {
  return async (request, response) => {
    const { model, request: prompt } = translateCount(request.body, translation);
    const left = new AbortController();
    response.once("close", () => left.abort());
    const tokens = await client.countTokens(model, prompt, left.signal).catch((thrown: unknown) => {
      if (left.signal.aborted) return undefined;
      throw thrown;
    });
    if (tokens !== undefined) response.set("x-freehold-upstream-model", model).json({ input_tokens: tokens });
  };
}

/**
 * Waits for memory before the body is read; until then its bytes stay with the sender. The room is held to the end of the answer,
 * since a request may have to go out again. A body of unknown size counts as the biggest one.
 */
function admitBody({ maxBodyBytes, bodyBudgetBytes, bodyWaitMs }: AnthropicParts): RequestHandler {
  const budget = createBodyBudget(bodyBudgetBytes);
  return async (request, response, next) => {
    const length = Number(request.get("content-length") ?? Number.NaN);
    if (length > maxBodyBytes) return next();
    const left = new AbortController();
    const tooLate = setTimeout(
      () =>
        left.abort(fault("request.no-room", "The bridge has no room for a request of this size right now. Ask again in a moment.", { retryAfterMs: 5_000 })),
      bodyWaitMs,
    );
    response.once("close", () => left.abort());
    try {
      response.once("close", await budget.admit(Number.isNaN(length) ? maxBodyBytes : length, left.signal));
    } catch (thrown) {
      if (response.closed) return;
      throw thrown;
    } finally {
      clearTimeout(tooLate);
    }
    next();
  };
}

/** Anthropic's name of the id that the kernel has chosen. */
const requestId = (): RequestHandler => (_request, response, next) => {
  response.setHeader("request-id", String(response.locals["requestId"]));
  next();
};

function requireToken(token: Secret): RequestHandler {
  return (request, _response, next) => {
    const given = request.get("x-api-key") ?? /^Bearer (.+)$/i.exec(request.get("authorization") ?? "")?.[1];
    if (given === undefined || !sameSecret(given, token.reveal())) throw fault("request.unauthorized", "invalid x-api-key");
    next();
  };
}

function answerErrors(log: Log): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const { code, status, headers, body } = toErrorAnswer(thrown, String(response.locals["requestId"]));
    if (code === "internal.unexpected") log.error("request.failed", { requestId: body.request_id, path: request.path, error: thrown });
    if (response.headersSent || response.destroyed) return void response.destroy();
    response.status(status).set(headers).json(body);
  };
}
