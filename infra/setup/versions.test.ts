import { expect, test } from "@jest/globals";
import { compareVersions } from "./versions.ts";

test.each([
  ["3.232.0", "3.232.0", 0],
  ["3.270.0", "3.232.0", 1],
  ["3.99.0", "3.232.0", -1],
  ["v3.232.1", "3.232.0", 1],
  ["20.10.24+dfsg1", "20.10", 1],
  ["1.26.8", "1.21", 1],
  ["1.20", "1.21", -1],
])("version %s compared with %s gives %i", (left, right, sign) => {
  expect(Math.sign(compareVersions(left, right))).toBe(sign);
});
