import { expect, test } from "@jest/globals";
import { proxiedRoutes } from "./proxied-routes.ts";
import { mayAct, roles } from "./roles.ts";

test("each role may do what the ones before it may, and no more", () => {
  expect(roles.map((role) => roles.map((least) => mayAct(role, least)))).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});

test("no route that changes something is open to viewers, and each has a name for the audit", () => {
  const changing = proxiedRoutes.filter(({ method }) => method !== "get");
  expect(changing.filter(({ role, action }) => role === "viewer" || action === undefined)).toEqual([]);
});
