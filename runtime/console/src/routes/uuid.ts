import type { Request } from "express";
import { AppError } from "@freehold/kernel/errors";

/** The path's id if it is a UUID: PostgreSQL would break off at any other text. */
export function uuidOf(request: Request): string | undefined {
  const id = String(request.params["id"]);
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id : undefined;
}

export const noSuch = (what: string, list: string): AppError =>
  new AppError("request.unknown-id", `There is no such ${what}, or it is over. ${list} has those that are.`, { status: 404 });
