import type { Request } from "express";

/** Who asks, as far as the console says, which alone holds the worker's token. A header's text is ASCII, so a name comes percent-encoded. */
export function callerOf(request: Request): string | null {
  const given = request.get("x-freehold-user") ?? "";
  if (given === "") return null;
  try {
    return decodeURIComponent(given).replaceAll("\0", "").slice(0, 200);
  } catch {
    return given.slice(0, 200);
  }
}
