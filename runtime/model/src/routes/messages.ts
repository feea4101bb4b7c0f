import { setTimeout as delay } from "node:timers/promises";
import { once } from "node:events";
import express, { type Express, type Request, type Response } from "express";
import { ApiError, errorBody } from "../api-error.ts";
import { providerHeader, providerName } from "../label.ts";
import { answerOf, messageBody, type Answer } from "../message.ts";
import { idsOf, parseRequest } from "../request.ts";
import { streamOf } from "../stream.ts";
import { inputTokensOf } from "../tokens.ts";
import { turnOf } from "../turn.ts";

const limitBytes = 32 * 1_024 * 1_024;
/** Any content type, as Anthropic's API takes it. */
const rawBody = express.raw({ limit: limitBytes, type: () => true });

/** Source: platform.claude.com, Messages API. */
export function messagesRoutes(app: Express): void {
  app.post("/v1/messages", rawBody, answered(messages));
  app.post("/v1/messages/count_tokens", rawBody, answered(countTokens));
}

type Handler = (request: Request, response: Response, body: Buffer) => Promise<void> | void;

/** Gives the answer its ids and labels, and every failure Anthropic's shape. */
export function answered(handler: Handler) {
  return async (request: Request, response: Response): Promise<void> => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    response.set({ "request-id": idsOf(request.path, body).requestId, [providerHeader]: providerName });
    await handler(request, response, body);
  };
}

export function sendError(response: Response, error: ApiError): void {
  if (error.retryAfterSeconds !== undefined) response.set("retry-after", String(error.retryAfterSeconds));
  response
    .status(error.status)
    .type("application/json")
    .send(errorBody(error, String(response.getHeader("request-id"))));
}

async function messages(request: Request, response: Response, body: Buffer): Promise<void> {
  const asked = parseRequest(body);
  const answer = answerOf(asked, turnOf(asked), idsOf(request.path, body));
  if (answer.error !== undefined && answer.blocks.length === 0 && answer.lastPauseSeconds === 0) throw askedError(answer.error);
  const left = new AbortController();
  response.once("close", () => left.abort());
  try {
    await (asked.stream === true ? sendStream(response, answer, left.signal) : sendWhole(response, answer, left.signal));
  } catch (thrown) {
    if (!left.signal.aborted) throw thrown;
  }
}

const askedError = ({ status, retryAfterSeconds }: { status: number; retryAfterSeconds?: number }) =>
  new ApiError(status, `The prompt asked for error ${status}.`, retryAfterSeconds);

async function sendWhole(response: Response, answer: Answer, signal: AbortSignal): Promise<void> {
  const seconds = answer.blocks.reduce((sum, block) => sum + block.pauseSeconds, answer.lastPauseSeconds);
  if (seconds > 0) await delay(seconds * 1_000, undefined, { signal });
  if (answer.error !== undefined) throw askedError(answer.error);
  response.type("application/json").send(messageBody(answer));
}

async function sendStream(response: Response, answer: Answer, signal: AbortSignal): Promise<void> {
  response.status(200).set({ "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  for (const piece of streamOf(answer)) {
    if ("waitMs" in piece) await delay(piece.waitMs, undefined, { signal });
    else if (!response.write(piece.text)) await once(response, "drain", { signal });
  }
  response.end();
}

function countTokens(_request: Request, response: Response, body: Buffer): void {
  response.json({ input_tokens: inputTokensOf(parseRequest(body, { countOnly: true })) });
}
