import { expect, test } from "@jest/globals";
import { npmRefusal } from "./bootstrap.mjs";

test.each([
  ["npm error code ENOTFOUND\nnpm error network request to https://registry.npmjs.org/x failed", "registry cannot be reached"],
  ["npm error code EAI_AGAIN", "registry cannot be reached"],
  ["npm error code SELF_SIGNED_CERT_IN_CHAIN", "NODE_EXTRA_CA_CERTS"],
  ["npm error nospc ENOSPC: no space left on device", "disk is full"],
  ["npm error code EACCES", "own the checkout"],
  ["npm error code E403", "credentials"],
  ["npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync", "disagree"],
  ["something new", "npm's words"],
])("from npm's words %j comes a cure", (said, cure) => {
  const refusal = npmRefusal("ci", 1, said);
  expect(refusal.cure).toContain(cure);
  expect(refusal.message).toContain(said);
});
