import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { parseSettings } from "../settings.ts";
import { cloudConfiguration } from "../testing/captured.ts";
import { pointAtMachine, reachMachine, takeMachineDown, wakeMachine } from "./machine.ts";
import type { Stack } from "./stack.ts";

let folder = "";
let environment: NodeJS.ProcessEnv = {};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "freehold-test-reach-"));
  mkdirSync(join(folder, "keys"));
  writeFileSync(join(folder, "keys/prod.key"), "k".repeat(43));
  environment = { PATH: process.env["PATH"], FREEHOLD_HOME: folder };
});
afterEach(() => rmSync(folder, { recursive: true }));

const settings = parseSettings("prod", cloudConfiguration());

/** A stack that notes what is asked of it; `ssh` there is a script that ends with a code. */
function stackWith(resources: string[], sshCode = 0): { stack: Stack; asked: string[] } {
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "bin/ssh"), `#!/bin/sh\nexit ${sshCode}\n`);
  chmodSync(join(folder, "bin/ssh"), 0o755);
  const asked: string[] = [];
  const stack = {
    name: "prod",
    prefix: "freehold-prod",
    environment: { ...environment, PATH: `${folder}/bin:${process.env["PATH"]}` },
    outputs: async () => ({ address: "203.0.113.9" }),
    quietly: async (...argv: string[]) => {
      asked.push(argv.slice(0, 2).join(" "));
      return { code: 0, stdout: "", stderr: "" };
    },
    resources: async () => resources.map((type) => ({ type })),
    upPart: async (_settings: unknown, target: string) => void asked.push(`up ${target}`),
    up: async (given: typeof settings) => void asked.push(`up running=${given.oracle?.running}`),
    setFlag: async (path: string, value: boolean) => void asked.push(`${path}=${value}`),
  };
  return { stack: stack as unknown as Stack, asked };
}

test("a machine that is known is reached by `ssh` and `docker` of this process before Pulumi looks at what stands on it", async () => {
  await reachMachine(stackWith([]).stack, settings, environment);
  expect(readFileSync(join(folder, "ssh/freehold-prod/config"), "utf8")).toContain("HostName 203.0.113.9");
  expect(environment["DOCKER_HOST"]).toBe("ssh://ubuntu@freehold-prod");
  expect(environment["PATH"]?.startsWith(join(folder, "ssh/bin"))).toBe(true);
});

test("a home on this machine is left to the Docker of this machine", async () => {
  await reachMachine(stackWith([]).stack, parseSettings("dev", { "freehold:place": "local" }), environment);
  pointAtMachine(environment, "dev");
  expect(environment["DOCKER_HOST"]).toBeUndefined();
});

test.each([
  ["does not answer", ["oci:Core/instance:Instance"], 255, ["up **freehold:oracle:Machine**"]],
  ["was lost, and for which an earlier try got no other,", ["docker:index/container:Container"], 255, ["up **freehold:oracle:Machine**"]],
  ["answers", ["oci:Core/instance:Instance"], 0, []],
  ["was never made", [], 255, []],
])("a machine that %s is brought back first, or left alone", async (_what, resources, sshCode, expected) => {
  const { stack, asked } = stackWith(resources, sshCode);
  await wakeMachine(stack, settings);
  expect(asked).toEqual(expected);
});

test("taking the home down takes the machine away and nothing else, and forgets a claim", async () => {
  const { stack, asked } = stackWith([]);
  await takeMachineDown(stack, settings);
  expect(asked).toEqual(["config rm", "freehold:oracle.running=false", "up running=false"]);
});
