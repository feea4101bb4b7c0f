import { renderOpenApi, type OpenApiDocument, type RouteDescription } from "@freehold/kernel/openapi";
import { errorTable } from "../errors.ts";
import { containerDescriptions } from "./container-descriptions.ts";
import { plainDescriptions } from "./plain-descriptions.ts";
import { doorDescriptions } from "./door-descriptions.ts";
import { drillDescriptions, leaseDescriptions } from "./lease-descriptions.ts";
import { tenantDescriptions } from "./tenant-descriptions.ts";

/** Every route of the manager's API. */
export const descriptions: readonly RouteDescription[] = [
  ...tenantDescriptions,
  ...leaseDescriptions,
  ...drillDescriptions,
  ...doorDescriptions,
  ...plainDescriptions,
  ...containerDescriptions,
];

const everywhere = [
  "docker.unavailable",
  "docker.failed",
  "docker.image-missing",
  "docker.network-missing",
  "docker.volume-missing",
  "docker.runtime-missing",
] as const;
const ofTenants = ["tenants.off", "database.away"] as const;

export const openApiDocument = (): OpenApiDocument =>
  renderOpenApi({
    title: "Manager",
    description: "Tenants, their doors, and the containers of jobs.",
    routes: descriptions,
    errors: errorTable,
    everywhere: [...everywhere, ...ofTenants],
  });
