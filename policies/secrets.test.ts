import { expect, test } from "@jest/globals";
import { goodContainer, goodImage, judge, unknownMarker } from "./fixtures.ts";
import { containerSecrets, imageSecrets } from "./secrets.ts";

/** Assembled here, so that no scanner takes this file for a leak. */
const samples: Record<string, string> = {
  "an Anthropic key": ["sk", "ant", "api03-abcdefghijklmnop"].join("-"),
  "an API key": ["sk", "proj-abcdefghijklmnopqrstuvwx"].join("-"),
  "a Google API key": ["AIza", "SyA1234567890abcdefghijklmnopqrstuv"].join(""),
  "a GitHub token": ["ghp", "abcdefghijklmnopqrstuvwxyz0123456789"].join("_"),
  "a Slack token": ["xoxb", "1234567890", "abcdefghij"].join("-"),
  "an AWS access key": ["AKIA", "ABCDEFGHIJKLMNOP"].join(""),
  "a virtual key of the gateway": "fh_abcdefghijklmnop0123",
  "a signed token": ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", "c2lnbmF0dXJl"].join("."),
  "a private key": ["-----BEGIN RSA", "PRIVATE KEY-----\nMIIB"].join(" "),
  "a key of a service account": '{"type": "service_account", "project_id": "p"}',
  "an address with a password in it": "postgres://web:hunter2@postgres:5432/web",
};

test.each(Object.entries(samples))("%s in the environment is refused, and not shown", (kind, value) => {
  const messages = judge(containerSecrets, [goodContainer({ envs: [`SETTING=${value}`] })]);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain(`the value of SETTING holds ${kind} (${value.length} characters, not shown)`);
  expect(messages[0]).not.toContain(value);
  expect(messages[0]).not.toContain("hunter2");
});

test.each(["ANTHROPIC_API_KEY", "MANAGER_TOKEN", "POSTGRES_PASSWORD", "CLIENT_SECRET", "BACKUP_PASSPHRASE", "GOOGLE_CREDENTIALS", "token"])(
  "a variable named %s is refused, and its value not shown",
  (name) => {
    const messages = judge(containerSecrets, [goodContainer({ envs: [`${name}=correct horse`] })]);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(`envs has ${name} (13 characters, not shown)`);
    expect(messages[0]).not.toContain("correct horse");
  },
);

test.each([
  ["in the command", { command: ["sh", "-c", `curl -H 'x-api-key: ${samples["an Anthropic key"]}'`] }, "command holds an Anthropic key"],
  ["in the entrypoint", { entrypoints: [samples["a GitHub token"]] }, "entrypoints holds a GitHub token"],
  ["in a label", { labels: [{ label: "x", value: samples["a private key"] }] }, "labels holds a private key"],
  [
    "in the health check",
    { healthcheck: { tests: ["CMD", "psql", samples["an address with a password in it"]] } },
    "healthcheck holds an address with a password",
  ],
  ["in a variable meant for a path", { envs: ["MANAGER_TOKEN_FILE=correct horse"] }, "MANAGER_TOKEN_FILE is not an absolute path"],
  ["in a variable that the preview does not know", { envs: [unknownMarker] }, "envs.0: not known"],
])("a secret %s is refused", (_where, change, found) => {
  const [message] = judge(containerSecrets, [goodContainer(change)]);
  expect(message).toContain(found);
});

test.each([
  ["a path of a file with a secret", "MANAGER_TOKEN_FILE=/run/secrets/manager-token"],
  ["an empty secret", "ANTHROPIC_API_KEY="],
  ["a public key", "SSH_PUBLIC_KEY=ssh-ed25519 AAAA"],
  ["a number of tokens", "MAX_TOKENS=4096"],
  ["an address with a user and no password", "DATABASE_URL=postgres://web@postgres:5432/web"],
  ["an address with a port", "PUBLIC_ORIGIN=https://console.localhost:28443"],
  ["an e-mail address after a port", "CONTACT=http://host:80/ owner@example.org"],
  ["a value with an equals sign", "NODE_OPTIONS=--max-old-space-size=256"],
])("%s in the environment is accepted", (_what, entry) => {
  expect(judge(containerSecrets, [goodContainer({ envs: [entry] })])).toEqual([]);
});

test.each([
  ["a build argument named like one", { build: { context: ".", buildArgs: { NPM_TOKEN: "abc" } } }],
  ["a build argument that looks like one", { build: { context: ".", buildArgs: { SETTING: samples["a GitHub token"] } } }],
  ["an argument of an image built the other way", { build: { args: { API_KEY: "abc" } } }],
  ["a label", { build: { context: ".", label: { note: samples["an Anthropic key"] } } }],
])("a secret in %s of an image is refused", (_where, change) => {
  const messages = judge(imageSecrets, [goodImage(change)]);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain("not shown");
});

test("a file is the place for a secret", () => {
  expect(judge(containerSecrets, [goodContainer({ uploads: [{ file: "/run/secrets/key", content: samples["an Anthropic key"] }] })])).toEqual([]);
});
