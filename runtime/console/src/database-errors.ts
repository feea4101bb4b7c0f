import type { ErrorRequestHandler } from "express";
import { AppError, messageOf, systemCodeOf } from "@freehold/kernel/errors";

const awayCodes = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "EPIPE", "57P01", "57P02", "57P03", "53300"]);
const awayMessages = /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i;

/** Whether an error says that PostgreSQL is away, rather than that our SQL is wrong. */
export const isDatabaseAway = (thrown: unknown): boolean =>
  !(thrown instanceof AppError) && (awayCodes.has(systemCodeOf(thrown) ?? "") || awayMessages.test(messageOf(thrown)));

/** Turns a lost database into a 503 that says so, instead of a bare 500. */
export function databaseProblems(): ErrorRequestHandler {
  return (thrown: unknown, _request, _response, next) => next(isDatabaseAway(thrown) ? databaseAway(thrown) : thrown);
}

export const databaseAway = (cause: unknown): AppError =>
  new AppError(
    "database.away",
    "PostgreSQL does not answer the console; nothing was changed. It is restarting perhaps: try again in a few seconds, and ask `npm run freehold -- status` if it stays away.",
    {
      status: 503,
      retryable: true,
      retryAfterMs: 2_000,
      cause,
    },
  );
