import { expect, test } from "@jest/globals";
import { presentedKey } from "./virtual-key.ts";

test.each([
  [{ "x-api-key": " fh_a " }, "fh_a"],
  [{ authorization: "Bearer fh_a" }, "fh_a"],
  [{ "x-api-key": "sk-ant-of-the-shell", authorization: "Bearer fh_a" }, "fh_a"],
  [{ "x-api-key": "fh_a", authorization: "Bearer fh_b" }, "fh_a"],
  [{ "x-api-key": "sk-ant-a", authorization: "Basic x" }, "sk-ant-a"],
  [{ "x-api-key": "sk-ant-a" }, "sk-ant-a"],
  [{ "x-api-key": "", authorization: "bearer  sk-b " }, "sk-b"],
  [{}, undefined],
])("of %j the key is %s", (headers, key) => {
  expect(presentedKey(headers)).toBe(key);
});
