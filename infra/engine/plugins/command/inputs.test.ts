import { expect, test } from "@jest/globals";
import { LOCAL_COMMAND, REMOTE_COMMAND, changes, check, unavailable } from "./inputs.ts";
import { UNKNOWN, secret } from "./values.ts";

test.each([
  [{ create: 1 }, "create", "must be a string"],
  [{ environment: { A: 1 } }, "environment", "values are strings"],
  [{ interpreter: "bash" }, "interpreter", "array of strings"],
  [{ logging: "all" }, "logging", "one of stdout"],
  [{ craete: "x" }, "craete", "known are create"],
  [{ assetPaths: ["*"] }, "assetPaths", "Pulumi's own command plugin"],
])("of a local command %j, %s is refused", (inputs, property, reason) => {
  expect(check(LOCAL_COMMAND, inputs).failures).toEqual([{ property, reason: expect.stringContaining(reason) }]);
});

test("unknown and secret values are taken", () => {
  expect(check(LOCAL_COMMAND, { create: UNKNOWN, environment: secret({ A: "b" }), triggers: [1, UNKNOWN] }).failures).toEqual([]);
});

test("a connection gets the defaults of the official plugin, also inside a secret and for its proxy", () => {
  const defaults = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
  expect(check(REMOTE_COMMAND, { connection: secret({ host: "h", proxy: { host: "p", user: "u" } }) }).inputs["connection"]).toEqual(
    secret({ ...defaults, host: "h", proxy: { ...defaults, host: "p", user: "u" } }),
  );
});

test("a remote command needs a connection with a host", () => {
  expect(check(REMOTE_COMMAND, { create: "x" }).failures).toEqual([{ property: "connection", reason: "is required" }]);
  expect(check(REMOTE_COMMAND, { connection: { user: "u" } }).failures).toEqual([{ property: "connection.host", reason: "is required" }]);
});

test("a changed trigger replaces, any other change updates, and secrecy alone is no change", () => {
  const olds = { create: "a", triggers: ["1"], stdin: "s", environment: { A: "b" } };
  expect(changes(LOCAL_COMMAND, olds, { create: "b", triggers: ["2"], environment: secret({ A: "b" }), dir: "/" })).toEqual([
    { property: "create", kind: "update", replaces: false },
    { property: "triggers", kind: "update", replaces: true },
    { property: "stdin", kind: "delete", replaces: false },
    { property: "dir", kind: "add", replaces: false },
  ]);
  expect(changes(LOCAL_COMMAND, olds, olds)).toEqual([]);
});

test("types of the package that are not provided are refused with the way out", () => {
  expect(unavailable("command:remote:CopyToRemote")).toContain("get.pulumi.com");
  expect(unavailable(LOCAL_COMMAND)).toBeUndefined();
});
