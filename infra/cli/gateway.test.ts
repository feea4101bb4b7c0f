import { expect, test } from "@jest/globals";
import { gatewayEnvironment } from "./gateway.ts";

const options = { host: "127.0.0.1", port: "4010" };
const shell = { INIT_CWD: "/shell", XDG_DATA_HOME: "/data", DATABASE_URL: "postgres://x", PORT: "3000", HOST: "laptop", ANTHROPIC_API_KEY: "k", PATH: "/bin" };

test("what a shell has for other programs is kept from the gateway, and paths begin where the command was given", () => {
  const own = { INIT_CWD: "/shell", XDG_DATA_HOME: "/data", ANTHROPIC_API_KEY: "k", PATH: "/bin" };
  expect(gatewayEnvironment(options, shell)).toEqual({ ...own, GATEWAY_DATA_DIR: "/data/freehold/gateway" });
  expect(gatewayEnvironment({ ...options, config: "a.yaml", data: "b" }, shell)).toEqual({
    ...own,
    GATEWAY_DATA_DIR: "/shell/b",
    GATEWAY_CONFIG_FILE: "/shell/a.yaml",
  });
});

test("in memory there is no folder, and in a rehearsal no provider that costs", () => {
  const environment = gatewayEnvironment({ ...options, memory: true, rehearsal: true }, { ...shell, GATEWAY_DATA_DIR: "/x", ANTHROPIC_API_KEY_FILE: "/k" });
  expect(environment).toEqual({ INIT_CWD: "/shell", XDG_DATA_HOME: "/data", PATH: "/bin" });
});

test("options that contradict each other are refused", () => {
  expect(() => gatewayEnvironment({ ...options, rehearsal: true, config: "a.yaml" }, {})).toThrow("contradict");
  expect(() => gatewayEnvironment({ ...options, memory: true, data: "b" }, {})).toThrow("contradict");
});
