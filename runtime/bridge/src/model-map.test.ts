import { expect, test } from "@jest/globals";
import { BridgeError } from "./errors.ts";
import { settings } from "./config.ts";
import { createModelMap, parseRow, standardModelMap } from "./model-map.ts";

const mapOf = (text: string) => createModelMap(text.split(",").flatMap((row) => parseRow(row) ?? []));

test.each([
  ["claude-opus-5-5", "gemini-3.8-flash"],
  ["claude-haiku-4-5-20251001", "gemini-3.5-flash-lite"],
  ["claude-3-5-haiku-latest", "gemini-3.5-flash-lite"],
  ["claude-something-new", "gemini-3.8-flash"],
  ["gemini-4-argon", "gemini-4-argon"],
])("by default %s is answered for by %s", (name, model) => {
  expect(mapOf(standardModelMap).modelFor(name)).toBe(model);
});

test.each([["gpt-5"], [""], ["claude/../../files"], ["gemini-x?key=1"], ["gemini-x:generate"], [`claude-${"x".repeat(200)}`]])("%j is no model", (name) => {
  expect(() => mapOf(standardModelMap).modelFor(name)).toThrow(BridgeError);
});

test("the first row that matches holds, a dot is a dot, and only plain names are listed", () => {
  const map = mapOf("a.b=one,a*=two,*=*");
  expect([map.modelFor("a.b"), map.modelFor("axb"), map.modelFor("other")]).toEqual(["one", "two", "other"]);
  expect(map.names()).toEqual([
    { name: "a.b", model: "one" },
    { name: "one", model: "one" },
    { name: "two", model: "two" },
  ]);
});

test("a row that is none is refused at the start, by its text", () => {
  const parsed = settings.safeParse({ BRIDGE_TOKEN: "x", BRIDGE_ADMIN_TOKEN: "y", MODEL_MAP: "a=b,c:d" });
  expect(parsed.error?.issues[0]?.message).toBe('"c:d" is not of the form name=model');
});
