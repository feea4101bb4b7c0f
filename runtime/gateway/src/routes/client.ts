import type { ErrorRequestHandler, Express, Request, Response } from "express";
import { renderRefusal } from "../anthropic-error.ts";
import { errorTable, refusal, type Refusal } from "../errors.ts";
import { isOpenAiCaller } from "../openai/ingress/headers.ts";
import { renderOpenAiError } from "../openai/ingress/openai-error.ts";

/** What clients ask for beside the relayed routes: start-up probes, and parts of the API that are not offered. */
export function clientRoutes(app: Express): void {
  app.get(["/", "/api/hello"], (_request, response) => void response.json({ message: "hello" }));
  app.use("/v1/responses/:id", (request, response) =>
    send(
      request,
      response,
      refusal("request.no-route", "Responses are not stored here, so that none can be fetched, continued or deleted by its id. Send whole conversations."),
    ),
  );
  app.use("/v1", (request, response) => {
    const { method, baseUrl, path } = request;
    send(
      request,
      response,
      refusal("request.no-route", `This gateway does not offer ${method} ${(baseUrl + path).slice(0, 200)}; its README lists what it does.`),
    );
  });
  const broken: ErrorRequestHandler = (_thrown, request, response, _next) =>
    send(request, response, refusal("request.malformed", "The request's address can't be read."));
  app.use("/v1", broken);
}

function send(request: Request, response: Response, why: Refusal): void {
  const { status, headers, body } = renderRefusal(why, String(response.getHeader("x-request-id")));
  const speaksOpenAi = isOpenAiCaller(request.headers) || /^\/v1\/(?:chat|responses|completions|embeddings)\b/.test(request.originalUrl);
  response.status(status).set(headers);
  if (speaksOpenAi) response.json(renderOpenAiError({ type: errorTable[why.code].type, message: why.message, code: why.code }));
  else response.send(body);
}
