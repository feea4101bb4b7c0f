import { AppError, messageOf, systemCodeOf } from "./errors.ts";

const awayCodes = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "EPIPE", "53300", "57P01", "57P02", "57P03"]);
const awayMessages = /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i;

/** Whether an error says that PostgreSQL is away, rather than that our SQL is wrong. Source: PostgreSQL 17, appendix A, classes 08, 53 and 57. */
export function isDatabaseAway(thrown: unknown): boolean {
  if (thrown instanceof AppError) return false;
  const code = systemCodeOf(thrown) ?? "";
  return awayCodes.has(code) || /^08[0-9A-Z]{3}$/.test(code) || awayMessages.test(messageOf(thrown));
}

/** Whether a transaction failed only because of its company: a deadlock or a serialization failure. */
export const isConflict = (thrown: unknown): boolean => ["40001", "40P01"].includes(systemCodeOf(thrown) ?? "");
