const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const hostPattern = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})+$`);

/** The name in a `Host` header, in lower case and without its port; undefined when it can't be one of ours. */
export function hostNameOf(header: string | undefined): string | undefined {
  const name = (header ?? "").toLowerCase().replace(/:\d{1,5}$/, "");
  return hostPattern.test(name) ? name : undefined;
}

/** The origin of a tenant's pages: they are reached by the port by which the console is. */
export function originOf(host: string, publicOrigin: string): string {
  const { protocol, port } = new URL(publicOrigin);
  return `${protocol}//${host}${port === "" ? "" : `:${port}`}`;
}

/** Paths on a tenant's host that are the home's own; the tenant never gets them to see. */
export const ownPrefix = "/.freehold";

/** Where somebody wanted to go on a host: a path with its query that leads to no other origin and to none of our own paths; else `/`. */
export function safePath(path: string, origin: string): string {
  if (!/^\/(?![/\\])/.test(path) || path.length > 2_000) return "/";
  const url = URL.parse(path, origin);
  if (url === null || url.origin !== origin || `${url.pathname}/`.startsWith(`${ownPrefix}/`)) return "/";
  return url.pathname + url.search;
}
