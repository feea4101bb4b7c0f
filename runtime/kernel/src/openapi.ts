import type { RequestHandler } from "express";
import { z } from "zod";
import type { ErrorDetails } from "./errors.ts";

/** One answer of a route that is no error. */
export interface Answer {
  description: string;
  /** What the body holds; none means that there is no body. */
  body?: z.ZodType;
  /** The body's media type or types, JSON unless given. */
  type?: string | readonly string[];
}

/** A body that is not JSON: bytes as they are. */
export interface RawBody {
  type: string;
  description: string;
}

/** What a route takes and gives, by the schemas that it validates with. */
export interface RouteDescription {
  method: "get" | "post" | "put" | "patch" | "delete";
  /** As express has it. */
  path: string;
  /** A name of its own among all services, for generated clients. */
  operation: string;
  summary: string;
  description?: string;
  tag: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodType | RawBody;
  answers: Readonly<Record<number, Answer>>;
  /** Codes of the service's own errors that this route may answer with, beside those that follow from what it takes. */
  errors?: readonly string[];
}

/** A code may have several statuses, or a class of them, where it passes on what another service said. */
type Status = NonNullable<ErrorDetails["status"]> | "4XX" | "5XX";
type ErrorTable = Readonly<Record<string, { readonly status?: Status | readonly Status[] }>>;

export interface ApiDescription {
  title: string;
  description: string;
  routes: readonly RouteDescription[];
  /** The service's errors with their statuses. */
  errors: ErrorTable;
  /** Codes that any route may answer with. */
  everywhere: readonly string[];
}

type Json = Record<string, unknown>;

/** Shape: OpenAPI 3.1. */
export interface OpenApiDocument {
  openapi: "3.1.1";
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Json>>;
  components: { schemas: Record<string, Json>; securitySchemes: Record<string, Json> };
  security: Record<string, string[]>[];
}

/** The kernel's own errors at the door of a route. */
const kernelErrors: ErrorTable = {
  "auth.required": { status: 401 },
  "request.invalid": { status: 400 },
  "request.bad-url": { status: 400 },
  "request.malformed": { status: 400 },
  "request.not-json": { status: 400 },
  "request.too-large": { status: 413 },
  "request.encoding": { status: 415 },
};

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string().optional(),
    retryAfterMs: z.number().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "Problem", description: "Every error. Source: RFC 9457." });

/** One event of a stream. Source: WHATWG HTML, section "Server-sent events". */
export const serverSentEvent = z
  .object({ event: z.string().optional(), id: z.string().optional(), retry: z.union([z.int(), z.string()]).optional(), data: z.string().optional() })
  .meta({ id: "ServerSentEvent" });

/** Throws: Error when a route names an error that the service does not have, or two schemas have one id. */
export function renderOpenApi({ title, description, routes, errors, everywhere }: ApiDescription): OpenApiDocument {
  const schemas: Record<string, Json> = {};
  const known = { ...kernelErrors, ...errors };
  const paths: OpenApiDocument["paths"] = {};
  for (const route of routes) {
    const path = (paths[templateOf(route.path)] ??= {});
    path[route.method] = operationOf(route, [...implied(route), ...everywhere, ...(route.errors ?? [])], { known, schemas });
  }
  return {
    openapi: "3.1.1",
    info: { title, version: "1", description },
    paths,
    components: { schemas, securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    security: [{ token: [] }],
  };
}

/** Answers with a service's document, which is rendered when it is first asked for. */
export function serveOpenApi(render: () => OpenApiDocument): RequestHandler {
  let text: string | undefined;
  return (_request, response) => void response.type("application/json").send((text ??= JSON.stringify(render())));
}

/** `/jobs/:id` as OpenAPI writes it. */
export const templateOf = (path: string): string => path.replace(/:(\w+)/g, "{$1}");

interface Place {
  known: ErrorTable;
  schemas: Record<string, Json>;
}

/** The errors that follow from what a route takes. */
function implied({ params, query, headers, body }: RouteDescription): string[] {
  const isJson = body !== undefined && !isRaw(body);
  return [
    "auth.required",
    ...(params ? ["request.bad-url"] : []),
    ...(params || query || headers || isJson ? ["request.invalid"] : []),
    ...(isJson ? ["request.not-json", "request.malformed", "request.encoding"] : []),
    ...(body === undefined ? [] : ["request.too-large"]),
  ];
}

const isRaw = (body: z.ZodType | RawBody): body is RawBody => "description" in body && !("_zod" in body);

function operationOf(route: RouteDescription, codes: string[], place: Place): Json {
  const { schemas } = place;
  const parameters = [
    ...parametersOf("path", route.params, schemas),
    ...parametersOf("query", route.query, schemas),
    ...parametersOf("header", route.headers, schemas),
  ];
  const answers = Object.entries(route.answers).map(([status, answer]) => [status, responseOf(answer, schemas)]);
  return {
    operationId: route.operation,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    tags: [route.tag],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: requestBodyOf(route.body, schemas) }),
    responses: Object.fromEntries([...answers, ...(parameters.length === 0 ? [] : [tooLong]), ...problemsOf(codes, place)]),
  };
}

/** Node says this by itself, before any route is looked for. */
const tooLong = ["431", { description: "The request's address and headers have more than 16 KB; there is no body" }] as const;

function parametersOf(where: "path" | "query" | "header", schema: z.ZodObject | undefined, schemas: Place["schemas"]): Json[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: where,
    required: where === "path" || !z.safeParse(field as z.ZodType, undefined).success,
    schema: schemaOf(field as z.ZodType, "input", schemas),
  }));
}

function requestBodyOf(body: z.ZodType | RawBody, schemas: Place["schemas"]): Json {
  if (isRaw(body)) return { required: true, description: body.description, content: { [body.type]: { schema: { type: "string", format: "binary" } } } };
  return { required: !body.safeParse({}).success, content: { "application/json": { schema: schemaOf(body, "input", schemas) } } };
}

function responseOf({ description, body, type = "application/json" }: Answer, schemas: Place["schemas"]): Json {
  if (body === undefined) return { description };
  const schema = schemaOf(body, "output", schemas);
  return { description, content: Object.fromEntries([type].flat().map((name) => [name, { schema }])) };
}

/** One response for each status, which names the codes that have it. */
function problemsOf(codes: string[], { known, schemas }: Place): [string, Json][] {
  const pairs = [...new Set(codes)].flatMap((code) => {
    const status = known[code]?.status;
    if (status === undefined) throw new Error(`A route names the error ${code}, which is in no table of errors.`);
    return (Array.isArray(status) ? status : [status]).map((one) => [String(one), code] as const);
  });
  const byStatus = Map.groupBy(pairs, ([status]) => status);
  const content = { "application/problem+json": { schema: schemaOf(problem, "output", schemas) } };
  return [...byStatus].map(([status, found]) => [status, { description: found.map(([, name]) => `\`${name}\``).join(", "), content }]);
}

/** A JSON schema whose named parts go to the components. */
function schemaOf(schema: z.ZodType, io: "input" | "output", schemas: Place["schemas"]): Json {
  const { properties, $defs = {} } = z.toJSONSchema(z.object({ it: schema }), {
    io,
    // To zod a value that can't be changed in memory; to OpenAPI a field that must not be sent.
    override: ({ jsonSchema }) => void delete jsonSchema.readOnly,
  }) as unknown as { properties: { it: Json }; $defs?: Record<string, Json> };
  for (const [id, { id: _id, ...named }] of Object.entries($defs)) {
    const moved = movedRefs(named);
    if (schemas[id] !== undefined && JSON.stringify(schemas[id]) !== JSON.stringify(moved)) throw new Error(`Two schemas have the id ${id}.`);
    schemas[id] = moved;
  }
  return movedRefs(properties.it);
}

/** JavaScript's names of character classes as ranges, which every language's expressions know; lone surrogates are no text anywhere else. */
const portable = (pattern: string): string =>
  pattern
    .replaceAll("\\p{Cc}", "\\x00-\\x1f\\x7f-\\x9f")
    .replaceAll("\\p{Cs}", "")
    .replace(/\\0(?!\d)/g, "\\x00");

/** The schema as it stands in the document. */
const movedRefs = (schema: Json): Json => {
  const text = JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/');
  return JSON.parse(text, (name, value: unknown) => (name === "pattern" && typeof value === "string" ? portable(value) : value)) as Json;
};
