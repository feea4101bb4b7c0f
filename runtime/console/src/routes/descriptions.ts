import { renderOpenApi, templateOf, type OpenApiDocument } from "@freehold/kernel/openapi";
import { accountDescriptions } from "./account-descriptions.ts";
import { houseDescriptions } from "./house-descriptions.ts";
import { memberDescriptions } from "./member-descriptions.ts";
import type { OwnDescription } from "./own-description.ts";
import { sessionDescriptions } from "./session-descriptions.ts";
import { tenantDoorDescriptions } from "./tenant-door-descriptions.ts";
import { ownRoutes, type OwnRoute, type OwnRouteName } from "../own-routes.ts";

/** Each of the console's own routes; one that is missing here does not compile. */
const descriptions: Readonly<Record<OwnRouteName, OwnDescription>> = {
  ...sessionDescriptions,
  ...accountDescriptions,
  ...memberDescriptions,
  ...houseDescriptions,
  ...tenantDoorDescriptions,
};

/** The console's errors with their statuses; the README has the same. Those of a trial are the gateway's, those of approvals the worker's. */
export const errorTable = {
  "approval.answered": { status: 409 },
  "approval.bad-token": { status: 403 },
  "approval.unknown": { status: 404 },
  "auth.bad-token": { status: 401 },
  "auth.wrong-password": { status: 401 },
  "auth.not-allowed": { status: 403 },
  "auth.in-person": { status: 403 },
  "auth.throttled": { status: 429 },
  "auth.foreign-origin": { status: 403 },
  "invitation.over": { status: 410 },
  "invitation.name-taken": { status: 409 },
  "member.is-owner": { status: 409 },
  "member.name-taken": { status: 409 },
  "password.of-home": { status: 409 },
  "password.wrong-current": { status: 422 },
  "token.too-much": { status: 403 },
  "database.away": { status: 503 },
  "request.bad-id": { status: 400 },
  "request.unknown-id": { status: 404 },
  "request.too-large": { status: 413 },
  "metrics.away": { status: 503 },
  "tenant.not-for-you": { status: 403 },
  "trial.no-key": { status: [422, 502] },
  "trial.refused": { status: ["4XX", "5XX"] },
  "upstream.away": { status: 503 },
  "upstream.broken": { status: 502 },
  "upstream.late": { status: 504 },
  "upstream.refused-token": { status: 502 },
} as const;

const signedIn = ["auth.bad-token", "auth.foreign-origin", "auth.not-allowed", "auth.in-person", "request.bad-id", "database.away"];

/** Codes that any route of another service may answer with at the door, with their statuses. */
const doorCodes = [
  "auth.bad-token",
  "auth.foreign-origin",
  "auth.not-allowed",
  "request.bad-id",
  "request.too-large",
  "database.away",
  "upstream.away",
  "upstream.broken",
  "upstream.late",
  "upstream.refused-token",
] as const;
export const doorErrors = { "auth.required": { status: 401 }, ...Object.fromEntries(doorCodes.map((code) => [code, errorTable[code]])) };

/** The console's own routes as a document. */
export function ownDocument(): OpenApiDocument {
  const names = Object.keys(ownRoutes) as OwnRouteName[];
  const document = renderOpenApi({
    title: "Freehold",
    description:
      "Everything that the console can do. A browser shows its session's cookie, a program `Authorization: Bearer <token>`; tokens are made under Settings.",
    routes: names.map((name) => ({ ...descriptions[name], method: ownRoutes[name].method, path: ownRoutes[name].path, operation: name })),
    errors: errorTable,
    everywhere: signedIn,
  });
  for (const name of names) {
    const route: OwnRoute = ownRoutes[name];
    const operation = document.paths[templateOf(route.path)]?.[route.method];
    if (operation === undefined) continue;
    operation["x-freehold-role"] = route.role;
    if (route.role === "anyone") operation["security"] = [];
  }
  document.components.securitySchemes["session"] = { type: "apiKey", in: "cookie", name: "__Host-freehold" };
  document.security.push({ session: [] });
  return document;
}
