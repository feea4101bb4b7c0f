import { expect, test } from "@jest/globals";
import { Secret } from "@freehold/kernel/secret";
import { seal, sealingKey, unseal } from "./seal.ts";

const key = sealingKey(new Secret("a secret of a home"));
const owner = { requestId: "req_1", keyId: "k" };
const plain = Buffer.from("what nobody may read");
const sealed = seal(plain, key, { ...owner, nonce: Buffer.alloc(12, 7) });

test("what was sealed is opened for the same request with the same key", () => {
  expect(unseal(sealed, key, owner)).toEqual(plain);
  expect(sealed.includes("nobody")).toBe(false);
});

test("it is not opened with another key, nor for another request or another's key", () => {
  expect(unseal(sealed, sealingKey(new Secret("another secret")), owner)).toBeUndefined();
  expect(unseal(sealed, key, { ...owner, requestId: "req_2" })).toBeUndefined();
  expect(unseal(sealed, key, { ...owner, keyId: "l" })).toBeUndefined();
});

test("no changed or missing byte goes unseen", () => {
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] as number) ^ 1;
    expect(unseal(changed, key, owner)).toBeUndefined();
    expect(unseal(sealed.subarray(0, at), key, owner)).toBeUndefined();
  }
});
