import type { ErrorRequestHandler, Express } from "express";
import { renderRefusal } from "../anthropic-error.ts";
import { refusal, type Refusal } from "../errors.ts";

/** What clients ask for beside the relayed routes: start-up probes, and parts of the API that are not offered. */
export function clientRoutes(app: Express): void {
  app.get(["/", "/api/hello"], (_request, response) => void response.json({ message: "hello" }));
  app.use("/v1", (request, response) => {
    const { method, baseUrl, path } = request;
    send(response, refusal("request.no-route", `This gateway does not offer ${method} ${(baseUrl + path).slice(0, 200)}; its README lists what it does.`));
  });
  const broken: ErrorRequestHandler = (_thrown, _request, response, _next) =>
    send(response, refusal("request.malformed", "The request's address can't be read."));
  app.use("/v1", broken);
}

function send(response: Parameters<ErrorRequestHandler>[2], why: Refusal): void {
  const answer = renderRefusal(why, String(response.getHeader("x-request-id")));
  response.status(answer.status).set(answer.headers).send(answer.body);
}
