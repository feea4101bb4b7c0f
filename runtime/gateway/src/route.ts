import type { OpenIngress } from "./ingress.ts";

/** A route that is passed to a provider. */
export interface Route {
  name: "messages" | "count_tokens" | "models";
  method: "POST" | "GET";
  hasBody: boolean;
  /** For callers of another dialect; then `path` is what a provider is asked for. */
  ingress?: { open: OpenIngress; path: string };
}

const routes: Readonly<Record<string, Route>> = {
  "POST /v1/messages": { name: "messages", method: "POST", hasBody: true },
  "POST /v1/messages/count_tokens": { name: "count_tokens", method: "POST", hasBody: true },
  "GET /v1/models": { name: "models", method: "GET", hasBody: false },
};

/** The route of a request, by its path without the query: Claude Code adds `?beta=true`. */
export function routeOf(method: string | undefined, url: string | undefined): Route | undefined {
  if (method === undefined || url === undefined) return undefined;
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  return routes[`${method} ${path}`] ?? (method === "GET" && /^\/v1\/models\/[\w.:@[\]%-]{1,200}$/.test(path) ? routes["GET /v1/models"] : undefined);
}
