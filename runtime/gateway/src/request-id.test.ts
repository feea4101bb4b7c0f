import { expect, test } from "@jest/globals";
import { newRequestId } from "./request-id.ts";

test("ids have the shape of Anthropic's and never repeat, across many fillings of the pool", () => {
  const ids = Array.from({ length: 5_000 }, newRequestId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^req_[\w-]{16}$/);
});
