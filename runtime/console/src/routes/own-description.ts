import type { RouteDescription } from "@freehold/kernel/openapi";

/** What is to be said of a route of the console's own; method, path and role stand in the table of routes. */
export type OwnDescription = Omit<RouteDescription, "method" | "path" | "operation">;
