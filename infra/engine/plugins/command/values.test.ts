import { expect, test } from "@jest/globals";
import { UNKNOWN, containsSecret, containsUnknown, plain, same, secret } from "./values.ts";

test("secrets are found and unwrapped at any depth", () => {
  const value = { list: [secret({ inner: secret("x") })], text: "y" };
  expect(containsSecret(value)).toBe(true);
  expect(plain(value)).toEqual({ list: [{ inner: "x" }], text: "y" });
  expect(containsSecret(plain(value))).toBe(false);
});

test("an unknown is found inside a secret", () => {
  expect(containsUnknown({ a: secret([UNKNOWN]) })).toBe(true);
  expect(containsUnknown({ a: secret(["known"]) })).toBe(false);
});

test.each([
  [secret("x"), "x", true],
  [{ a: 1, b: null }, { a: 1 }, true],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [["a", "b"], ["b", "a"], false],
  [undefined, "x", false],
  ["1", 1, false],
])("whether %j and %j are the same: %j", (left, right, expected) => {
  expect(same(left, right)).toBe(expected);
});
