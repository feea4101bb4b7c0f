import { describedAndServed, inert } from "@freehold/kernel/testing/route-list";
import { expect, test } from "@jest/globals";
import { createBackupApp } from "../app.ts";
import { descriptions, openApiDocument } from "./descriptions.ts";

test("every route of the backup service is described, and every description has its route", () => {
  const { undescribed, unserved } = describedAndServed(descriptions, () => createBackupApp(inert()));
  expect({ "describe these in src/routes/descriptions.ts": undescribed, "no router has these": unserved }).toEqual({
    "describe these in src/routes/descriptions.ts": [],
    "no router has these": [],
  });
});

test("the document has the statuses of the table of errors", () => {
  const operation = openApiDocument().paths["/backups"]?.["post"];
  expect(Object.keys(operation?.["responses"] ?? {})).toEqual(["201", "400", "401", "404", "409", "429", "431", "500", "502", "503", "504", "507"]);
});
