import { templateOf, type OpenApiDocument } from "@freehold/kernel/openapi";
import type { ProxiedRoute } from "./proxied-routes.ts";
import type { UpstreamName } from "./upstreams.ts";

type Json = Record<string, unknown>;
type Responses = Record<string, Json>;
type Documents = Partial<Record<UpstreamName, OpenApiDocument>>;

/** A code of the console's own that the door may answer with, whatever is behind it. */
export type DoorErrors = Readonly<Record<string, { status: number }>>;

export interface ApiParts {
  /** The routes that the console answers itself. */
  own: OpenApiDocument;
  routes: readonly ProxiedRoute[];
  /** What each service says of itself; one that is away is missing. */
  of: Documents;
  doorErrors: DoorErrors;
}

/** One document of all that callers reach at the console: its own routes, and those of the services that its door passes on, under the door's paths. */
export function mergeDocuments({ own, routes, of, doorErrors }: ApiParts): OpenApiDocument {
  const schemas = { ...own.components.schemas };
  const renamed = Object.fromEntries(Object.entries(of).map(([name, document]) => [name, adoptSchemas(name, document, schemas)]));
  const paths = structuredClone(own.paths);
  for (const route of routes) {
    const document = renamed[route.upstream];
    const operation = document === undefined ? undefined : operationAt(document, route);
    if (operation !== undefined) (paths[templateOf(route.path)] ??= {})[route.method] = throughTheDoor(operation, route, doorErrors);
  }
  const away = [...new Set(routes.map(({ upstream }) => upstream))].filter((name) => of[name] === undefined);
  const note = away.length === 0 ? "" : ` Not all is here: ${away.join(", ")} can't be reached now.`;
  return { ...own, info: { ...own.info, description: own.info.description + note }, paths, components: { ...own.components, schemas } };
}

/** Takes a service's schemas over; one whose name another service has for something else gets the service's name before its own. */
function adoptSchemas(service: string, document: OpenApiDocument, schemas: Record<string, Json>): OpenApiDocument {
  let text = JSON.stringify(document);
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    if (schemas[name] === undefined || JSON.stringify(schemas[name]) === JSON.stringify(schema)) continue;
    const other = service[0]?.toUpperCase() + service.slice(1) + name;
    text = text.replaceAll(`"#/components/schemas/${name}"`, `"#/components/schemas/${other}"`).replaceAll(`"${name}":{`, `"${other}":{`);
  }
  const adopted = JSON.parse(text) as OpenApiDocument;
  Object.assign(schemas, adopted.components.schemas);
  return adopted;
}

const shapeOf = (template: string) => template.replace(/\{\w+\}/g, "{}");

function operationAt(document: OpenApiDocument, { method, to }: ProxiedRoute): Json | undefined {
  const template = templateOf(to);
  const [found, operations] = Object.entries(document.paths).find(([path]) => shapeOf(path) === shapeOf(template)) ?? [];
  const operation = operations?.[method];
  if (found === undefined || operation === undefined) return undefined;
  const names = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const door = new Map(names(found).map((name, index) => [name, names(template)[index]]));
  const parameters = (operation["parameters"] ?? []) as { name: string; in: string }[];
  const under = parameters.map((parameter) => (parameter.in === "path" ? { ...parameter, name: door.get(parameter.name) } : parameter));
  return { ...operation, ...(under.length === 0 ? {} : { parameters: under }) };
}

function throughTheDoor(operation: Json, { role }: ProxiedRoute & { role?: string }, doorErrors: DoorErrors): Json {
  const responses = structuredClone(operation["responses"]) as Responses;
  for (const [status, codes] of Map.groupBy(Object.keys(doorErrors), (code) => String(doorErrors[code]?.status))) {
    const description = [responses[status]?.["description"], ...codes.map((code) => `\`${code}\``)].filter((part) => part !== undefined).join(", ");
    const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
    responses[status] = { ...responses[status], description, content };
  }
  return { ...operation, responses, ...(role === undefined ? {} : { "x-freehold-role": role }) };
}
