import { expect, test } from "@jest/globals";
import { cure, judge } from "./docker-engine.ts";

const ended = (given: { code?: number; stdout?: string; stderr?: string; timedOut?: boolean }) => ({
  code: 1,
  stdout: "",
  stderr: "",
  said: "",
  timedOut: false,
  ...given,
});
const stopped = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";

test.each([
  ["an engine that answers", ended({ code: 0, stdout: "28.2.2 amd64\n" }), {}, "running"],
  ["an old engine", ended({ code: 0, stdout: "19.03.5 amd64\n" }), {}, "too old"],
  ["no docker command", ended({ code: 127, stderr: "spawn docker ENOENT" }), {}, "no client"],
  [
    "a socket of others",
    ended({ stderr: "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock" }),
    {},
    "denied",
  ],
  ["no engine at the usual socket", ended({ stderr: stopped }), {}, "stopped"],
  ["a named engine that does not answer", ended({ stderr: stopped }), { DOCKER_HOST: "unix:///var/run/docker.sock" }, "unreachable"],
  ["a context elsewhere", ended({ stderr: "Cannot connect to the Docker daemon at unix:///home/me/.colima/docker.sock." }), {}, "unreachable"],
  ["an engine that hangs", ended({ code: 1, timedOut: true }), {}, "unreachable"],
])("%s is recognised", (_name, asked, environment, state) => {
  expect(judge(asked, environment).state).toBe(state);
});

test("each state that is not fine has a cure that fits the platform", () => {
  expect(cure({ state: "denied" })).toContain("usermod -aG docker");
  expect(cure({ state: "unreachable" })).toContain("DOCKER_HOST");
  expect(cure({ state: "no client" }, "darwin")).toContain("Colima");
  expect(cure({ state: "stopped" }, "win32")).toContain("WSL");
});
