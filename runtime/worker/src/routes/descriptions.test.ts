import { describedAndServed, inert } from "@freehold/kernel/testing/route-list";
import { expect, test } from "@jest/globals";
import { createWorkerApp } from "../app.ts";
import { descriptions, openApiDocument } from "./descriptions.ts";

test("every route of the worker is described beside its router, and every description has its route", () => {
  const { undescribed, unserved } = describedAndServed(descriptions, () => createWorkerApp(inert()));
  expect({ "describe these in src/routes/…-descriptions.ts": undescribed, "no router has these": unserved }).toEqual({
    "describe these in src/routes/…-descriptions.ts": [],
    "no router has these": [],
  });
});

test("the document is made of the schemas that validate: limits, formats and every error status are in it", () => {
  const { paths, components } = openApiDocument();
  const create = paths["/api/jobs"]?.["post"] as {
    requestBody: { content: Record<string, { schema: { properties: object; required: string[] } }> };
    responses: object;
  };
  const { schema } = create.requestBody.content["application/json"]!;
  expect(schema.properties).toMatchObject({ prompt: { type: "string", maxLength: 1_000_000 }, maxAttempts: { minimum: 1, maximum: 5, default: 3 } });
  expect(schema).toMatchObject({ additionalProperties: false });
  expect(Object.keys(create.responses)).toEqual(["200", "201", "400", "401", "404", "409", "413", "415", "503"]);
  expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(["Problem", "Job", "Attempt", "FileEntry", "Schedule"]));
});
