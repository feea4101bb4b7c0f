import { createHmac } from "node:crypto";
import { expect, test } from "@jest/globals";
import { scramVerifier } from "./scram.ts";

test("the verifier is that of the example in RFC 7677", () => {
  const salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
  const verifier = scramVerifier("pencil", Buffer.from(salt, "base64"));
  expect(verifier).toMatch(/^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$[\w+/]{43}=:[\w+/]{43}=$/);
  const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const exchange = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=${salt},i=4096,c=biws,r=${nonce}`;
  const serverKey = Buffer.from(verifier.split(":").at(-1) ?? "", "base64");
  expect(createHmac("sha256", serverKey).update(exchange).digest("base64")).toBe("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
});
