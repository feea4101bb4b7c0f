import { createMetrics } from "@freehold/kernel/metrics";
import { expect, test } from "@jest/globals";
import { docker } from "../../../tests/support/job-place.ts";
import { createEngine } from "./engine.ts";
import { requireRuntimes } from "./runtimes.ts";

const engine = createEngine("/var/run/docker.sock", createMetrics());

test("the engine's own runtime is known, and a home that names none asks for none", async () => {
  await expect(requireRuntimes(engine, { JOB_RUNTIME: "runc", TENANT_RUNTIME: "runc" })).resolves.toBeUndefined();
  await expect(requireRuntimes({ runtimes: () => Promise.reject(new Error("was asked")) }, {})).resolves.toBeUndefined();
});

test.each(["JOB_RUNTIME", "TENANT_RUNTIME"])("a %s that the engine does not know is told with its cure", async (setting) => {
  await expect(requireRuntimes(engine, { [setting]: "freehold-none" })).rejects.toMatchObject({
    code: "docker.runtime-missing",
    message: expect.stringMatching(/no runtime freehold-none.*daemon\.json/),
  });
});

test("a container that shall have an unknown runtime is refused as such, and not made with another one", async () => {
  const name = `freehold-test-runtime-${process.pid}`;
  const made = engine.create({ name, Image: "node:24-trixie-slim", Cmd: ["true"], HostConfig: { Runtime: "freehold-none" } });
  await expect(made).rejects.toMatchObject({ code: "docker.runtime-missing", message: expect.stringContaining("freehold-none") });
  expect(docker("ps", "--all", "--quiet", "--filter", `name=${name}`)).toBe("");
});
