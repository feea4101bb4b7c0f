import type { IncomingHttpHeaders } from "node:http";

const passedOn = ["accept", "content-type", "content-length", "last-event-id", "range", "if-range", "if-none-match", "if-modified-since"] as const;

/** What an upstream gets to see of a request: what it needs and who asks, never a cookie or token of theirs. */
export function requestHeaders(
  given: IncomingHttpHeaders,
  { token, requestId, user }: { token: string; requestId: string; user: string },
): Record<string, string> {
  const kept = passedOn.flatMap((name) => (typeof given[name] === "string" ? [[name, given[name]] as const] : []));
  return { ...Object.fromEntries(kept), authorization: `Bearer ${token}`, "x-request-id": requestId, "x-freehold-user": encodeURIComponent(user) };
}

/** Source: RFC 9110, section 7.6.1; RFC 9112. The others are the console's own to say. */
const notPassedBack = new Set(
  (
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade " +
    "set-cookie x-request-id server x-powered-by strict-transport-security access-control-allow-origin access-control-allow-credentials"
  ).split(" "),
);

/** What the browser gets to see of an upstream's answer. */
export function responseHeaders(given: IncomingHttpHeaders): [string, string | string[]][] {
  const named = new Set(
    (given.connection ?? "")
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
  return Object.entries(given).flatMap(([name, value]) =>
    value === undefined || notPassedBack.has(name) || named.has(name) ? [] : [[name, value] as [string, string | string[]]],
  );
}

const inlineImages = /^image\/(png|jpeg|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon|svg\+xml)$/;
const textual = /^(text\/|application\/(json|xml|javascript|x-ndjson|yaml|x-yaml|toml|x-sh)\b|[^;]*\+(json|xml)\b)/;

/**
 * A job's files were made by a program nobody reviewed, and come from the console's own origin: none may run there.
 * Text is shown as plain text, pictures stay, all else is a download; a sandbox of its own holds whatever is opened alone.
 */
export function harmlessFileHeaders(headers: [string, string | string[]][]): [string, string | string[]][] {
  const kept = headers.filter(([name]) => name !== "content-type" && name !== "content-disposition");
  const disposition = String(headers.find(([name]) => name === "content-disposition")?.[1] ?? "");
  const type = String(headers.find(([name]) => name === "content-type")?.[1] ?? "").toLowerCase();
  const essence = type.split(";")[0]?.trim() ?? "";
  const fileName = /filename\*?=[^;]+(;\s*filename\*?=[^;]+)?/i.exec(disposition)?.[0];
  const as = (contentType: string, how: "inline" | "attachment"): [string, string][] => [
    ["content-type", contentType],
    ["content-disposition", /^\s*attachment/i.test(disposition) || how === "attachment" ? ["attachment", fileName].filter(Boolean).join("; ") : "inline"],
    ["content-security-policy", "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"],
    ["x-content-type-options", "nosniff"],
  ];
  if (inlineImages.test(essence)) return [...kept, ...as(essence, "inline")];
  if (textual.test(essence)) return [...kept, ...as("text/plain; charset=utf-8", "inline")];
  return [...kept, ...as("application/octet-stream", "attachment")];
}
