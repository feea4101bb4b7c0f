import { expect, test } from "@jest/globals";
import { isInstalled, npmRefusal } from "./bootstrap.mjs";

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

const lock = {
  packages: {
    "": { version: "0.1.0" },
    infra: { version: "0.1.0" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/other-platform": { version: "1.0.0", optional: true },
    "node_modules/infra": { link: true },
    "infra/node_modules/b": { version: "2.0.0" },
  },
};
const installed = { "node_modules/a": { version: "1.0.0" }, "node_modules/infra": { link: true }, "infra/node_modules/b": { version: "2.0.0" } };

test("packages that npm recorded as the lock file wants them need no second install", () => {
  expect(isInstalled(lock, { packages: installed })).toBe(true);
});

test.each([
  ["there is no record", undefined],
  ["a package is missing", { packages: { "node_modules/a": { version: "1.0.0" }, "node_modules/infra": { link: true } } }],
  ["a version differs", { packages: { ...installed, "node_modules/a": { version: "1.0.1" } } }],
  ["a link is a copy", { packages: { ...installed, "node_modules/infra": {} } }],
  ["a package is there that nobody wants", { packages: { ...installed, "node_modules/c": { version: "1.0.0" } } }],
])("an install is done when %s", (_when, record) => {
  expect(isInstalled(lock, record)).toBe(false);
});
