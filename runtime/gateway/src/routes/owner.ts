import { requireBearer } from "@freehold/kernel/http";
import { serveOpenApi } from "@freehold/kernel/openapi";
import type { Express } from "express";
import { adminRoutes, type AdminParts } from "./admin.ts";
import { bodyRoutes, type BodyRoutesParts } from "./bodies.ts";
import { openApiDocument } from "./descriptions.ts";
import { signInRoutes, type SignInParts } from "./sign-in.ts";
import { usageRoutes } from "./usage.ts";

/** All that is for the owner's own services, behind the admin token. */
export function ownerRoutes(app: Express, parts: AdminParts & BodyRoutesParts & SignInParts): void {
  app.get("/openapi.json", requireBearer(parts.token.reveal()), serveOpenApi(openApiDocument));
  adminRoutes(app, parts);
  signInRoutes(app, parts);
  bodyRoutes(app, parts);
  usageRoutes(app, parts);
}
