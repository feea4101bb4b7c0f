import type { RequestHandler } from "express";
import { AppError } from "@freehold/kernel/errors";
import { idPattern } from "../proxied-routes.ts";

/** Names of things that people name, such as templates. None is `.` or `..`, and none holds a slash. */
const namePattern = /^(?!\.+$)[\w.@+ -]{1,100}$/;

/** Refuses parameters of a path that can't be an id or a name, before anything is looked up by them. */
export const checkParameters: RequestHandler = (request, _response, next) => {
  for (const [name, value] of Object.entries(request.params)) {
    const pattern = name === "id" ? idPattern : namePattern;
    if (!pattern.test(String(value))) throw badId(String(value));
  }
  next();
};

const badId = (text: string) =>
  new AppError(
    "request.bad-id",
    `"${text.slice(0, 100)}" can't be an id: ids hold letters, digits, - and _ alone. Take it from the list, such as GET /api/jobs.`,
    { status: 400 },
  );

/** Answers 405 for a path that exists, naming the methods that it has. */
export function refuseMethod(path: string, routes: readonly { method: string }[]): RequestHandler {
  const allowed = routes.map(({ method }) => (method === "get" ? "GET, HEAD" : method.toUpperCase())).join(", ");
  return (request, response) => {
    response.setHeader("allow", allowed);
    throw new AppError("request.bad-method", `${request.method} is not possible on ${path}; possible: ${allowed}.`, { status: 405 });
  };
}
