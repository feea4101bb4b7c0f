import { spawnSync } from "node:child_process";
import { afterEach, expect, test } from "@jest/globals";
import { endTenants } from "./left-tenants.ts";

const stack = `left-${process.pid}`;
const docker = (...argv: string[]) => {
  const { status, stdout, stderr } = spawnSync("docker", argv, { encoding: "utf8" });
  if (status !== 0) throw new Error(`docker ${argv.join(" ")}: ${stderr}`);
  return stdout.trim();
};
const labelled = (kind: string, name: string, ...labels: string[]) => docker(kind, "ls", "--quiet", "--filter", `name=${name}`, ...labels);

afterEach(() => {
  for (const name of ["tenant", "other"]) spawnSync("docker", ["container", "rm", "--force", `${stack}-${name}`]);
  for (const name of ["tenant", "other"]) spawnSync("docker", ["network", "rm", `${stack}-${name}`]);
});

test("a home that is down leaves no tenant running and no network of theirs; another home's stay", async () => {
  for (const [name, owner] of [
    ["tenant", stack],
    ["other", `${stack}-other`],
  ] as const) {
    const labels = ["--label", `freehold.stack=${owner}`, "--label", "freehold.tenant=anna"];
    docker("network", "create", "--internal", ...labels, `${stack}-${name}`);
    docker("run", "--detach", "--init", "--name", `${stack}-${name}`, "--network", `${stack}-${name}`, ...labels, "debian:trixie-slim", "sleep", "600");
  }
  await endTenants(stack);
  expect([labelled("container", `${stack}-tenant`), labelled("network", `${stack}-tenant`)]).toEqual(["", ""]);
  expect([labelled("container", `${stack}-other`), labelled("network", `${stack}-other`)]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
  await endTenants(stack);
});
