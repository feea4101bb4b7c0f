import { spawnSync } from "node:child_process";
import { afterEach, expect, test } from "@jest/globals";
import { parseSettings } from "../settings.ts";
import { cloudConfiguration } from "../testing/captured.ts";
import type { Stack } from "./stack.ts";
import { endUnknown, forgetGone } from "./take-over.ts";

const name = `taken-${process.pid}`;
const docker = (...argv: string[]) => {
  const { status, stdout, stderr } = spawnSync("docker", argv, { encoding: "utf8" });
  if (status !== 0) throw new Error(`docker ${argv.join(" ")}: ${stderr}`);
  return stdout.trim();
};
const parts = ["known", "unknown", "tenant", "job", "other"] as const;
type Part = (typeof parts)[number];
const local = parseSettings("dev", { "freehold:place": "local" });

/** A stack whose state has some resources. */
function stackWith(resources: { type: string; id?: string }[]): { stack: Stack; refreshed: string[] } {
  const refreshed: string[] = [];
  const stack = { name, resources: async () => resources, refreshParts: async (targets: readonly string[]) => void refreshed.push(...targets) };
  return { stack: stack as unknown as Stack, refreshed };
}

afterEach(() => {
  for (const part of parts) spawnSync("docker", ["container", "rm", "--force", `${name}-${part}`]);
  for (const part of parts) spawnSync("docker", ["network", "rm", `${name}-${part}`]);
});

test("services that the state does not have end, with their networks and a job that is on one; the known, tenants and another home's stay", async () => {
  const labels: Record<Part, string[]> = {
    known: [`freehold.stack=${name}`, "freehold.service=known"],
    unknown: [`freehold.stack=${name}`, "freehold.service=unknown"],
    tenant: [`freehold.stack=${name}`, "freehold.tenant=anna"],
    job: [`freehold.stack=${name}`, "freehold.job=one"],
    other: [`freehold.stack=${name}-other`, "freehold.service=other"],
  };
  const flags = (part: Part) => labels[part].flatMap((label) => ["--label", label]);
  const networks = Object.fromEntries(
    parts.filter((part) => part !== "job").map((part) => [part, docker("network", "create", "--internal", ...flags(part), `${name}-${part}`)]),
  );
  for (const part of parts) {
    const network = `${name}-${part === "job" ? "unknown" : part}`;
    docker("run", "--detach", "--init", "--name", `${name}-${part}`, "--network", network, ...flags(part), "debian:trixie-slim", "sleep", "600");
  }
  const state = [
    { type: "docker:index/container:Container", id: docker("inspect", "--format", "{{.Id}}", `${name}-known`) },
    { type: "docker:index/network:Network", id: networks["known"] as string },
    { type: "pulumi:pulumi:Stack" },
  ];
  await endUnknown(stackWith(state).stack, local);
  const left = (kind: "container" | "network") =>
    docker(kind, "ls", "--filter", `name=^${name}-`, "--format", kind === "network" ? "{{.Name}}" : "{{.Names}}")
      .split("\n")
      .toSorted();
  const stay = ["known", "other", "tenant"].map((part) => `${name}-${part}`);
  expect(left("container")).toEqual(stay);
  expect(left("network")).toEqual(stay);
  await endUnknown(stackWith(state).stack, local);
  expect(left("container")).toEqual(stay);
});

test("where the machine elsewhere can't be reached yet, nothing on this computer is touched", async () => {
  docker(
    "run",
    "--detach",
    "--init",
    "--name",
    `${name}-unknown`,
    "--label",
    `freehold.stack=${name}`,
    "--label",
    "freehold.service=unknown",
    "debian:trixie-slim",
    "sleep",
    "600",
  );
  await endUnknown(stackWith([]).stack, parseSettings("prod", cloudConfiguration()));
  expect(docker("inspect", "--format", "{{.State.Running}}", `${name}-unknown`)).toBe("true");
});

test("what the state has in clouds is looked for; where it has nothing there, no cloud is asked", async () => {
  const cloud = stackWith([{ type: "oci:Core/instance:Instance", id: "ocid1" }]);
  await forgetGone(cloud.stack);
  expect(cloud.refreshed).toContain("**freehold:oracle:**");
  const here = stackWith([{ type: "docker:index/container:Container", id: "c1" }]);
  await forgetGone(here.stack);
  expect(here.refreshed).toEqual([]);
});
