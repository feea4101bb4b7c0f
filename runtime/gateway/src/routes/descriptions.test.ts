import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describedAndServed, inert } from "@freehold/kernel/testing/route-list";
import { expect, test } from "@jest/globals";
import express from "express";
import { adminErrors, descriptions, openApiDocument } from "./descriptions.ts";
import { ownerRoutes } from "./owner.ts";

test("every route for the owner's services is described, and every description has its route", () => {
  const build = () => {
    const app = express();
    ownerRoutes(app, inert());
    return app;
  };
  const { undescribed, unserved } = describedAndServed(descriptions, build);
  expect({ "describe these in src/routes/descriptions.ts": undescribed, "no router has these": unserved }).toEqual({
    "describe these in src/routes/descriptions.ts": [],
    "no router has these": [],
  });
});

test("the errors in the document are those of the README", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8").replaceAll("\n", " ");
  const missing = Object.entries(adminErrors).filter(([code, { status }]) => !new RegExp(`\`${code}\` \\(${status}[,)]`).test(readme));
  expect(missing).toEqual([]);
});

test("what a key may do is in the document as it is validated, and nothing that is sent is marked as read-only", () => {
  const text = JSON.stringify(openApiDocument().paths["/admin/keys"]?.["post"]);
  expect(text).toContain('"dayUsd"');
  expect(text).not.toContain("readOnly");
});
