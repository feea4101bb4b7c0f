import { expect, test } from "@jest/globals";
import express, { Router } from "express";
import { z } from "zod";
import { renderOpenApi, type RouteDescription } from "./openapi.ts";
import { describedAndServed, routesOf } from "./testing/route-list.ts";

const thing = z.object({ id: z.uuid(), parent: z.uuid().nullable() }).meta({ id: "Thing" });
const route: RouteDescription = {
  method: "post",
  path: "/things/:id/parts",
  operation: "addPart",
  summary: "Add a part",
  tag: "Things",
  params: z.object({ id: z.uuid() }),
  query: z.object({ limit: z.coerce.number().int().min(1).max(9).default(3), after: z.string() }),
  body: z.strictObject({ name: z.string().max(5), size: z.number().default(1) }),
  answers: { 201: { description: "The thing", body: thing }, 204: { description: "Nothing" } },
  errors: ["thing.unknown"],
};
const render = (routes: RouteDescription[]) =>
  renderOpenApi({ title: "T", description: "", routes, errors: { "thing.unknown": { status: 404 }, "db.away": { status: 503 } }, everywhere: ["db.away"] });

test("a route becomes an operation with what it takes, its named answers, and every error that follows from what it takes", () => {
  const { paths, components } = render([route]);
  const operation = paths["/things/{id}/parts"]?.["post"] as Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- a test reads into it at will
  expect(operation["parameters"]).toMatchObject([
    { name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } },
    { name: "limit", in: "query", required: false, schema: { type: "integer", minimum: 1, maximum: 9, default: 3 } },
    { name: "after", in: "query", required: true },
  ]);
  expect(operation["requestBody"]).toMatchObject({
    required: true,
    content: { "application/json": { schema: { required: ["name"], additionalProperties: false } } },
  });
  expect(operation["responses"]["201"].content["application/json"].schema).toEqual({ $ref: "#/components/schemas/Thing" });
  expect(operation["responses"]["204"]).toEqual({ description: "Nothing" });
  expect(Object.keys(operation["responses"])).toEqual(["201", "204", "400", "401", "404", "413", "415", "431", "503"]);
  expect(operation["responses"]["404"]).toMatchObject({ description: "`thing.unknown`", content: { "application/problem+json": {} } });
  expect(Object.keys(components.schemas)).toEqual(["Thing", "Problem"]);
});

test("an error that is in no table, and two schemas of one id, are refused", () => {
  expect(() => render([{ ...route, errors: ["thing.lost"] }])).toThrow("thing.lost");
  const other = z.object({ name: z.string() }).meta({ id: "Thing" });
  expect(() => render([route, { ...route, path: "/others", answers: { 200: { description: "", body: other } } }])).toThrow("id Thing");
});

test("a route without a description is found, however deep its router is mounted, and so is a description without a route", () => {
  const build = () => {
    const app = express();
    const inner = Router();
    inner.get("/", () => undefined).post("/:id/parts", () => undefined);
    inner.all("/", () => undefined);
    app.use("/things", (_request, _response, next) => next(), inner);
    app.use(Router().delete("/things", () => undefined));
    app.get("/health", () => undefined);
    return app;
  };
  expect(routesOf(build)).toEqual(["DELETE /things", "GET /things", "POST /things/:id/parts"]);
  expect(describedAndServed([route, { method: "get", path: "/gone" }], build)).toEqual({
    undescribed: ["DELETE /things", "GET /things"],
    unserved: ["GET /gone"],
  });
});
