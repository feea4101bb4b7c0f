import { expect, test } from "@jest/globals";
import { addresses, mustHideNone } from "./addresses.ts";

test("a host that images are made from is refused where the rehearsal's network would hide it", () => {
  expect(() => mustHideNone({ "packages.test": ["2001:db8::1", "198.51.100.80"] })).toThrow(
    `packages.test is 198.51.100.80 on this computer, in the range ${addresses.subnet}`,
  );
});

test("hosts elsewhere, of either kind of address, and those that have none are no hindrance", () => {
  expect(() => mustHideNone({ one: ["203.0.113.80"], two: ["2001:db8::198.51.100.80"], three: [] })).not.toThrow();
});
