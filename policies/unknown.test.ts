import { expect, test } from "@jest/globals";
import { plainCopy, UNKNOWN, unknownPaths } from "./unknown.ts";

/** Typed loosely on purpose: rules reach into values whose types promise that they are known. */
// oxlint-disable-next-line typescript/no-explicit-any
const unknown = UNKNOWN as any;

test("whatever is read from an unknown value is unknown", () => {
  expect(unknown.a.b[0]).toBe(UNKNOWN);
  expect(unknown.map(() => 1).filter(Boolean)).toBe(UNKNOWN);
  expect(unknown ?? "known").toBe(UNKNOWN);
  expect([...unknown]).toEqual([UNKNOWN]);
  expect(Object.entries(unknown)).toEqual([["*", UNKNOWN]]);
  expect({ ...unknown }["*"]).toBe(UNKNOWN);
});

test("arithmetic and text with an unknown value throw rather than look known", () => {
  expect(() => unknown + 1).toThrow(TypeError);
  expect(() => `${unknown}`).toThrow(TypeError);
  expect(() => Number(unknown)).toThrow(TypeError);
  expect(() => /x/.test(unknown)).toThrow(TypeError);
});

test("a copy of properties has an unknown value wherever reading one throws", () => {
  const throwing = Object.defineProperty({ known: [1, { deep: null }] }, "secret", {
    enumerable: true,
    get: () => {
      throw new Error("can't be known during preview");
    },
  });
  const copy = plainCopy({ list: [throwing] }) as { list: unknown[] };
  expect(unknownPaths(copy)).toEqual(["list.0.secret"]);
  expect(copy.list[0]).toMatchObject({ known: [1, { deep: null }] });
});
