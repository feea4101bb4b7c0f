import { expect, test } from "@jest/globals";
import { dockerFinding, isolationFinding, pluginFinding } from "./doctor.ts";

test("a Docker that answers is fine", () => {
  expect(dockerFinding({ state: "running", version: "28.2.2", arch: "amd64" })).toEqual({ name: "Docker", state: "ok", detail: "engine 28.2.2, amd64" });
});

test("a Docker that is not there is missing, one that may not be used is broken, and both have a cure", () => {
  expect(dockerFinding({ state: "no client" })).toMatchObject({ state: "missing", cure: expect.stringMatching(/\S/) });
  expect(dockerFinding({ state: "denied", said: "permission denied" })).toMatchObject({
    state: "broken",
    detail: expect.stringContaining("permission denied"),
    cure: expect.stringMatching(/\S/),
  });
});

test.each([
  ["official", "ok"],
  ["ours", "ok"],
  ["outdated", "broken"],
  ["missing", "missing"],
] as const)("a plugin that is %s is %s", (pluginState, state) => {
  const finding = pluginFinding({ name: "docker", version: "5.2.0" }, pluginState);
  expect(finding.state).toBe(state);
  expect(finding.cure === undefined).toBe(state === "ok");
});

test("the doctor says which walls Docker has, and what is wrong with those that a home can't stand on", () => {
  const runtimes = '{"io.containerd.runc.v2":{},"runc":{"path":"runc"},"runsc":{"path":"/usr/local/bin/runsc"}}';
  expect(isolationFinding(`["name=seccomp,profile=builtin","name=cgroupns"]\n${runtimes}\n`)).toEqual({
    name: "isolation",
    state: "ok",
    detail: "runtimes runc, runsc; system calls filtered; user namespaces off",
  });
  expect(isolationFinding(`["name=seccomp,profile=default","name=userns"]\n${runtimes}`)).toMatchObject({
    state: "broken",
    cure: expect.stringContaining("userns-remap"),
  });
  expect(isolationFinding(`null\n${runtimes}`)).toMatchObject({ state: "broken", detail: expect.stringContaining("not filtered") });
});
