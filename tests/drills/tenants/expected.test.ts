import { expect, test } from "@jest/globals";
import { Expected } from "./expected.ts";
import { planRun } from "./scenario.ts";

test("a confirmed wish is the only one, a lost answer leaves both, a refusal changes nothing", () => {
  const tenant = new Expected("anna");
  tenant.desired.add("asleep");
  tenant.wished("refused", () => "awake");
  expect([...tenant.desired]).toEqual(["asleep"]);
  tenant.wished("unknown", () => "awake");
  expect([...tenant.desired]).toEqual(["asleep", "awake"]);
  tenant.wished("done", (desired) => (desired === "awake" ? "awake" : "stopped"));
  expect([...tenant.desired]).toEqual(["stopped", "awake"]);
});

test("a restore that was confirmed must have taken place at rest, unless somebody wrote after it", () => {
  const tenant = new Expected("anna");
  tenant.wrote("new");
  tenant.restored("done", new Set(["old"]));
  expect([[...tenant.notes], [...tenant.atRest]]).toEqual([["new", "old"], ["old"]]);
  tenant.wrote("newer");
  expect([...tenant.atRest]).toEqual(["newer", "old"]);
  tenant.found({ desired: "asleep", memoryMb: 1_280, note: "newer" });
  tenant.restored("unknown", new Set(["old"]));
  expect([...tenant.atRest]).toEqual(["newer", "old"]);
});

test("a seed gives the same run each time, another seed another one", () => {
  expect(planRun(7)).toEqual(planRun(7));
  expect(planRun(8)).not.toEqual(planRun(7));
});
