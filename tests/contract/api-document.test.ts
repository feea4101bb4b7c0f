import { describedAndServed, inert } from "@freehold/kernel/testing/route-list";
import type { OpenApiDocument } from "@freehold/kernel/openapi";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openApiDocument as backupDocument } from "../../runtime/backup/src/routes/descriptions.ts";
import { createConsole } from "../../runtime/console/src/app.ts";
import { proxiedRoutes } from "../../runtime/console/src/proxied-routes.ts";
import { openApiDocument as gatewayDocument } from "../../runtime/gateway/src/routes/descriptions.ts";
import { openApiDocument as managerDocument } from "../../runtime/manager/src/routes/descriptions.ts";
import { openApiDocument as workerDocument } from "../../runtime/worker/src/routes/descriptions.ts";
import { ownerToken, startConsole, type TestConsole } from "../support/console.ts";
import { serve, type Service } from "../support/scripted-services.ts";

const services: Service[] = [];
let now = Date.parse("2026-11-21T12:00:00Z");
let house: TestConsole;
let gatewayAway = false;

beforeAll(async () => {
  const describing = async (render: () => OpenApiDocument, isAway = () => false) => {
    const service = await serve((app) => {
      app.get("/openapi.json", (_request, response) => void (isAway() ? response.status(503).end() : response.json(render())));
    });
    services.push(service);
    return service.url;
  };
  const upstreams = {
    worker: await describing(workerDocument),
    backup: await describing(backupDocument),
    gateway: await describing(gatewayDocument, () => gatewayAway),
    manager: await describing(managerDocument),
  };
  house = await startConsole({ clock: { now: () => now }, upstreams });
});
afterAll(async () => {
  await house.close();
  for (const service of services) await service.close();
});

const read = async () => (await house.call("GET", "/api/openapi.json", { headers: { authorization: `Bearer ${ownerToken}` } })).json as OpenApiDocument;
const expressPath = (path: string) => path.replace(/\{(\w+)\}/g, ":$1");
const operationsOf = ({ paths }: OpenApiDocument) =>
  Object.entries(paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => ({ method, path: expressPath(path) })));

test("every route of the console's door is in the document, and nothing else is", async () => {
  const { undescribed, unserved } = describedAndServed(operationsOf(await read()), () => createConsole(inert()));
  expect({
    "describe these in the service that has them, under the path that proxied-routes.ts names": undescribed,
    "the door has no such route": unserved,
  }).toEqual({
    "describe these in the service that has them, under the path that proxied-routes.ts names": [],
    "the door has no such route": [],
  });
});

test("each operation has a name of its own, a summary, the role that it needs and what the door itself may answer", async () => {
  const { paths } = await read();
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const operation of operations)
    expect(operation).toMatchObject({ summary: expect.stringMatching(/\S/), "x-freehold-role": expect.stringMatching(/^(viewer|operator|owner|anyone)$/) });
  for (const { method, path } of proxiedRoutes) {
    const { responses } = paths[path.replace(/:(\w+)/g, "{$1}")]![method] as { responses: Record<string, object> };
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(["400", "401", "403", "413", "502", "503", "504"]));
  }
});

test("every reference leads somewhere, and every parameter of a path is described", async () => {
  const document = await read();
  const text = JSON.stringify(document);
  for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) expect(Object.keys(document.components.schemas)).toContain(name);
  for (const [path, operations] of Object.entries(document.paths))
    for (const operation of Object.values(operations)) {
      const described = ((operation["parameters"] ?? []) as { in: string; name: string }[])
        .filter((parameter) => parameter.in === "path")
        .map(({ name }) => name);
      expect(new Set(described)).toEqual(new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)));
    }
});

test("a service that is away is told as it was last known, and one that never answered is named", async () => {
  await read();
  gatewayAway = true;
  now += 120_000;
  expect((await read()).paths["/api/models/keys"]).toBeDefined();
  const fresh = await startConsole({ clock: { now: () => now }, upstreams: { worker: services[0]!.url, backup: services[1]!.url, gateway: services[2]!.url } });
  const { json } = await fresh.call("GET", "/api/openapi.json", { headers: { authorization: `Bearer ${ownerToken}` } });
  await fresh.close();
  expect(json.paths["/api/models/keys"]).toBeUndefined();
  expect(json.info.description).toContain("gateway can't be reached now");
});
