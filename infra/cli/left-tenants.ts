import { run } from "./run.ts";

/** Units: seconds. What a tenant at work is given to come to an end. */
const graceSeconds = 30;

/**
 * Ends the tenants of a home that is down, whose manager is gone: Pulumi knows neither their containers nor their networks. Their homes stay, and the manager
 * starts again who was awake when the home comes back.
 */
export async function endTenants(stack: string): Promise<void> {
  const filters = ["--filter", `label=freehold.stack=${stack}`, "--filter", "label=freehold.tenant"];
  const containers = await listed("container", "ls", "--all", "--quiet", ...filters);
  if (containers.length > 0) {
    console.log(`Tenants: ${containers.length} come to an end (their homes stay)`);
    await run("docker", ["container", "stop", "--time", String(graceSeconds), ...containers]);
    await run("docker", ["container", "rm", "--force", ...containers]);
  }
  const networks = await listed("network", "ls", "--quiet", ...filters);
  if (networks.length > 0) await run("docker", ["network", "rm", ...networks]);
}

async function listed(...argv: string[]): Promise<string[]> {
  const { stdout } = await run("docker", argv);
  return stdout.split("\n").filter((id) => id !== "");
}
