import type { IncomingHttpHeaders } from "node:http";

/** Not passed on to a provider: this hop's own, the caller's credentials and network, and what is written anew. Source: RFC 9110, 7.6.1. */
const keptFromProvider = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "host",
  "content-length",
  "accept-encoding",
  "authorization",
  "x-api-key",
  "cookie",
  "forwarded",
  "via",
  "x-real-ip",
]);

/** Not passed back: this hop's own, what is written anew, and what speaks of the owner's account. */
const keptFromCaller = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "content-length",
  "set-cookie",
  "alt-svc",
  "strict-transport-security",
  "date",
  "server",
  "via",
  "anthropic-organization-id",
]);

const isOfCallersNetwork = (name: string) => name.startsWith("x-forwarded-") || name.startsWith("x-freehold-");

/**
 * The headers for the provider, without a credential, as a flat list of names and values. What we don't know passes: each release of a client brings new ones.
 * An identity encoding is asked for, since usage is read from the answer as it passes.
 */
export function headersForProvider(rawHeaders: readonly string[], droppedBetas?: ReadonlySet<string>): string[] {
  const named = connectionNames(rawHeaders);
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (keptFromProvider.has(name) || isOfCallersNetwork(name) || named?.has(name) === true) continue;
    const value = rawHeaders[index + 1] as string;
    if (droppedBetas === undefined || name !== "anthropic-beta") headers.push(name, value);
    else pushBetas(headers, value, droppedBetas);
  }
  headers.push("accept-encoding", "identity");
  return headers;
}

function pushBetas(headers: string[], value: string, dropped: ReadonlySet<string>): void {
  const kept = value
    .split(",")
    .map((beta) => beta.trim())
    .filter((beta) => beta !== "" && !dropped.has(beta));
  if (kept.length > 0) headers.push("anthropic-beta", kept.join(","));
}

/** Headers that the caller's `Connection` names belong to this hop alone; most calls name none. */
function connectionNames(rawHeaders: readonly string[]): Set<string> | undefined {
  let names: Set<string> | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if ((rawHeaders[index] as string).toLowerCase() !== "connection") continue;
    const value = rawHeaders[index + 1] as string;
    if (/^(?:keep-alive|close)$/i.test(value)) continue;
    names ??= new Set();
    for (const name of value.split(",")) names.add(name.trim().toLowerCase());
  }
  return names;
}

/** What a translation tells of itself, here or in the bridge. */
const ofTranslation = new Set(["x-freehold-ignored", "x-freehold-estimate"]);

/** The headers for the caller; the provider's rate limits stay inside, because they are the home's and not this caller's. */
export function headersForCaller(headers: IncomingHttpHeaders, provider: string): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !keptFromCaller.has(name) && !name.startsWith("anthropic-ratelimit-") && (!isOfCallersNetwork(name) || ofTranslation.has(name)))
      kept[name] = value;
  }
  kept["x-freehold-provider"] = provider;
  return kept;
}
