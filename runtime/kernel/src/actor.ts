import type { Request } from "express";

/** Who asks, as far as the caller says, which holds the service's token. A header's text is ASCII, so a name comes percent-encoded. */
export function actorOf(request: Request): string {
  const given = request.get("x-freehold-actor") ?? request.get("x-freehold-user") ?? "";
  if (given === "") return "unnamed";
  try {
    return decodeURIComponent(given).replaceAll("\0", "").toWellFormed().slice(0, 200);
  } catch {
    return given.slice(0, 200);
  }
}
