import type { IncomingHttpHeaders } from "node:http";
import type { OpenIngress } from "./ingress.ts";
import { isOpenAiCaller } from "./openai/ingress/headers.ts";
import { openChat, openModels, openResponses } from "./openai/ingress/open.ts";

/** A route that is passed to a provider. */
export interface Route {
  name: "messages" | "count_tokens" | "models";
  method: "POST" | "GET";
  hasBody: boolean;
  /** For callers of another dialect; `path` is what a provider is asked for, the caller's own unless given. */
  ingress?: { open: OpenIngress; path?: string };
}

const routes: Readonly<Record<string, Route>> = {
  "POST /v1/messages": { name: "messages", method: "POST", hasBody: true },
  "POST /v1/messages/count_tokens": { name: "count_tokens", method: "POST", hasBody: true },
  "GET /v1/models": { name: "models", method: "GET", hasBody: false },
  "POST /v1/chat/completions": { name: "messages", method: "POST", hasBody: true, ingress: { open: openChat, path: "/v1/messages" } },
  "POST /v1/responses": { name: "messages", method: "POST", hasBody: true, ingress: { open: openResponses, path: "/v1/messages" } },
};
const openAiModels: Route = { name: "models", method: "GET", hasBody: false, ingress: { open: openModels } };

/** The route of a request, by its path without the query: Claude Code adds `?beta=true`. Models are told in the dialect that the headers speak. */
export function routeOf(method: string | undefined, url: string | undefined, headers: IncomingHttpHeaders): Route | undefined {
  if (method === undefined || url === undefined) return undefined;
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  const route = routes[`${method} ${path}`] ?? (method === "GET" && /^\/v1\/models\/[\w.:@[\]%-]{1,200}$/.test(path) ? routes["GET /v1/models"] : undefined);
  return route?.name === "models" && isOpenAiCaller(headers) ? openAiModels : route;
}
