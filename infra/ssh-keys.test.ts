import { createPublicKey, sign, verify } from "node:crypto";
import { expect, test } from "@jest/globals";
import { deriveSshKey } from "./ssh-keys.ts";

const key = "k".repeat(43);

test("the same home always has the same keys, and each purpose its own", () => {
  expect(deriveSshKey(key, "host")).toEqual(deriveSshKey(key, "host"));
  const all = [deriveSshKey(key, "host"), deriveSshKey(key, "client"), deriveSshKey("another".repeat(6), "host")];
  expect(new Set(all.map(({ publicKey }) => publicKey)).size).toBe(3);
});

test("both halves belong together", () => {
  const { privateKey, publicKey } = deriveSshKey(key, "host");
  const [type = "", blob = ""] = publicKey.split(" ");
  expect(type).toBe("ecdsa-sha2-nistp256");
  const point = Buffer.from(blob, "base64").subarray(-64);
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(0, 32).toString("base64url"), y: point.subarray(32).toString("base64url") };
  const signature = sign("sha256", Buffer.from("text"), privateKey);
  expect(verify("sha256", Buffer.from("text"), createPublicKey({ key: jwk, format: "jwk" }), signature)).toBe(true);
});
