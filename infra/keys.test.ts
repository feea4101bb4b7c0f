import { expect, test } from "@jest/globals";
import { deriveOwnerPassword, deriveSecret } from "./keys.ts";

test("the same key and purpose always give the same secret, so that a home can be rebuilt", () => {
  expect(deriveSecret("k".repeat(43), "postgres")).toBe(deriveSecret("k".repeat(43), "postgres"));
  expect(deriveSecret("k".repeat(43), "postgres")).toMatch(/^[\w-]{43}$/);
});

test("purposes and keys are kept apart", () => {
  const secrets = ["postgres", "backup", "token/owner"].flatMap((purpose) => ["a", "b"].map((key) => deriveSecret(key, purpose)));
  expect(new Set(secrets).size).toBe(6);
});

test("the owner's password can be read aloud and typed", () => {
  expect(deriveOwnerPassword("a")).toMatch(/^([abcdefghjkmnpqrstuvwxyz2-9]{4}-){4}[abcdefghjkmnpqrstuvwxyz2-9]{4}$/);
});
