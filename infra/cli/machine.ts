import { existsSync } from "node:fs";
import { join } from "node:path";
import { sshFolder } from "../data-folder.ts";
import type { Settings } from "../settings.ts";
import { engineUrl, withSsh, writeSshAccess } from "../ssh-access.ts";
import { deriveSshKey } from "../ssh-keys.ts";
import { findKey } from "./key-store.ts";
import { run } from "./run.ts";
import type { Stack } from "./stack.ts";

/**
 * Lets the commands of this process reach the home's machine, where it stands elsewhere: `ssh` learns its address from the stack's
 * outputs, since Pulumi refreshes before it runs the program. A home that has no machine yet is left alone.
 */
export async function reachMachine(stack: Stack, settings: Settings, environment: NodeJS.ProcessEnv): Promise<void> {
  if (settings.place !== "oracle") return;
  const address = (await stack.outputs()).address ?? (await reservedAddress(stack));
  const key = findKey(environment, stack.name);
  if (address === undefined || key === undefined) return;
  const [hostKey, clientKey] = [deriveSshKey(key, "host"), deriveSshKey(key, "client")];
  writeSshAccess(sshFolder(environment), { alias: stack.prefix, address, hostKey, clientKey });
  pointAtMachine(environment, stack.name);
}

/** A state that was lost and found again has the address, and no outputs yet. */
async function reservedAddress(stack: Stack): Promise<string | undefined> {
  const known = (await stack.resources()).find(({ type }) => type === "oci:Core/publicIp:PublicIp");
  return known?.outputs?.["ipAddress"] as string | undefined;
}

/**
 * Brings back a machine that does not answer: Oracle has stopped it for being idle, or it is gone. Until it answers nothing
 * that stands on it can be looked at, so the machine comes first and by itself.
 */
export async function wakeMachine(stack: Stack, settings: Settings): Promise<void> {
  if (settings.place !== "oracle") return;
  // Where an earlier try took the lost machine out of the state and got no other, what stood on it is all that is known.
  const known = (await stack.resources()).some(({ type }) => type === "oci:Core/instance:Instance" || type.startsWith("docker:"));
  if (!known || (await answers(stack))) return;
  console.log("The home's machine does not answer; it is started, or made again, before anything else.");
  await stack.upPart(settings, "**freehold:oracle:Machine**");
}

async function answers(stack: Stack): Promise<boolean> {
  const { code } = await run("ssh", [stack.prefix, "true"], { env: stack.environment });
  return code === 0;
}

/** Makes `docker` commands of this process talk to the machine that was reached before, if the home has one elsewhere. */
export function pointAtMachine(environment: NodeJS.ProcessEnv, stackName: string): void {
  const folder = sshFolder(environment);
  const alias = `freehold-${stackName}`;
  if (!existsSync(join(folder, alias, "config"))) return;
  environment["PATH"] = withSsh(environment["PATH"], folder);
  environment["DOCKER_HOST"] = engineUrl(alias);
}

/** Takes the machine away and leaves what outlives it; `up` brings the home back on a new machine. */
export async function takeMachineDown(stack: Stack, settings: Settings): Promise<void> {
  await stack.quietly("config", "rm", "--stack", stack.name, "--path", "freehold:oracle.claimedInstanceId");
  await stack.setFlag("freehold:oracle.running", false);
  await stack.up({ ...settings, oracle: settings.oracle === undefined ? undefined : { ...settings.oracle, running: false } });
}
