import type { Settings } from "../settings.ts";
import { Failure } from "./failure.ts";
import { run } from "./run.ts";
import type { Known, Stack } from "./stack.ts";

/** The home's parts in the clouds. Shape: URNs, with `**` for any text. */
const inClouds = ["oracle", "google", "cloudflare"].map((cloud) => `**freehold:${cloud}:**`);

/**
 * What Pulumi knew when a recovery kit was written may be old: the machine may have been made anew since. What is gone goes out of the state, so that what came
 * in its place can be taken over and is not made a second time. Throws: Failure.
 */
export async function forgetGone(stack: Stack): Promise<void> {
  const known = await stack.resources();
  if (known.some(({ type }) => /^(oci|gcp|cloudflare):/.test(type))) await stack.refreshParts(inClouds);
}

/**
 * Ends the home's services that the state does not have: their names would be taken. They keep nothing of their own, so the next update makes them again on the
 * volumes that are there. Tenants run on. Throws: Failure.
 */
export async function endUnknown(stack: Stack, { place }: Settings): Promise<void> {
  // A machine elsewhere that can't be reached yet is a new one, on which nothing runs; `docker` would speak to this computer's.
  if (place !== "local" && process.env["DOCKER_HOST"] === undefined) return;
  const known = idsOf(await stack.resources());
  const ofHome = ["--filter", `label=freehold.stack=${stack.name}`];
  const services = (await listed("container", "ls", "--all", "--no-trunc", ...ofHome, "--filter", "label=freehold.service")).filter((id) => !known.has(id));
  if (services.length > 0) {
    console.log(`Services of the home ${stack.name} of which Pulumi does not know end here, and are made again: ${services.length}. Tenants run on.`);
    await docker("container", "rm", "--force", ...services);
  }
  const tenants = new Set(await listed("network", "ls", "--no-trunc", ...ofHome, "--filter", "label=freehold.tenant"));
  const networks = (await listed("network", "ls", "--no-trunc", ...ofHome)).filter((id) => !known.has(id) && !tenants.has(id));
  for (const id of networks) {
    // A job's container is still on it; the worker resumes the job in another one.
    const left = await listed("container", "ls", "--all", "--no-trunc", "--filter", `network=${id}`);
    if (left.length > 0) await docker("container", "rm", "--force", ...left);
    await docker("network", "rm", id);
  }
}

const idsOf = (known: readonly Known[]): Set<string> => new Set(known.flatMap(({ type, id }) => (type.startsWith("docker:") && id !== undefined ? [id] : [])));

async function listed(...argv: string[]): Promise<string[]> {
  return (await docker(...argv, "--quiet")).split("\n").filter((id) => id !== "");
}

async function docker(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("docker", argv);
  if (code !== 0) throw new Failure(`Docker did not do \`${argv.slice(0, 2).join(" ")}\`: ${stderr.trim()}`, "Mend the cause and run the same command again.");
  return stdout;
}
