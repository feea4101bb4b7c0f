import { describedAndServed, inert } from "@freehold/kernel/testing/route-list";
import { expect, test } from "@jest/globals";
import { createManager } from "../app.ts";
import { descriptions, openApiDocument } from "./descriptions.ts";

test("every route of the manager is described beside its router, and every description has its route", () => {
  const { undescribed, unserved } = describedAndServed(descriptions, () => createManager(inert(), inert(), inert(), inert()));
  expect({ "describe these in src/routes/…-descriptions.ts": undescribed, "no router has these": unserved }).toEqual({
    "describe these in src/routes/…-descriptions.ts": [],
    "no router has these": [],
  });
});

test("the document is made of the schemas that validate: limits, formats and every error status are in it", () => {
  const { paths, components } = openApiDocument();
  const create = paths["/tenants"]?.["post"] as { requestBody: { content: Record<string, { schema: { properties: object } }> }; responses: object };
  expect(create.requestBody.content["application/json"]!.schema.properties).toMatchObject({ memoryMb: { minimum: 1_024 }, idleMinutes: { minimum: 0 } });
  expect(Object.keys(create.responses)).toEqual(["200", "201", "400", "401", "404", "409", "413", "415", "503"]);
  expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(["Problem", "Tenant", "Door", "Frozen", "JobContainer"]));
});
