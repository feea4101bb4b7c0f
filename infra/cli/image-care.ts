import { dockerText, run } from "./run.ts";
import type { Stack } from "./stack.ts";

interface StateResource {
  urn: string;
  type: string;
  inputs?: { triggers?: string[] };
}

/** The images that the stack has built. Shape: URN of the build → tag. */
async function builtImages(stack: Stack): Promise<Map<string, string>> {
  const { code, stdout } = await stack.quietly("stack", "export", "--stack", stack.name);
  if (code !== 0) return new Map();
  const { deployment } = JSON.parse(stdout) as { deployment?: { resources?: StateResource[] } };
  const builds = (deployment?.resources ?? []).filter(({ type, urn }) => type === "command:local:Command" && urn.endsWith("-image-build"));
  return new Map(builds.flatMap(({ urn, inputs }) => (inputs?.triggers?.[0] === undefined ? [] : [[urn, inputs.triggers[0]]])));
}

/**
 * Marks for rebuilding the images that the stack has built but that somebody removed from Docker since (`docker image prune --all`
 * takes what no container uses, such as the jobs' image): Pulumi can't see that they are gone.
 */
export async function rebuildMissing(stack: Stack): Promise<void> {
  for (const [urn, tag] of await builtImages(stack)) {
    if ((await dockerText("image", "inspect", "--format", "there", tag)) !== undefined) continue;
    console.log(`The image ${tag} is gone from Docker; it is built again.`);
    await stack.quietly("state", "taint", "--yes", "--stack", stack.name, urn);
  }
}

const keptMs = 7 * 24 * 3_600_000;

/** Removes images of earlier contents once they are a week old: until then a rollback builds nothing. Docker keeps those that a container uses. */
export async function removeOldImages(stack: Stack, nowMs: number): Promise<void> {
  const current = new Set((await builtImages(stack)).values());
  const listed = await dockerText("image", "ls", "--filter", "label=freehold.image=1", "--format", "{{.Repository}}:{{.Tag}}\t{{.CreatedAt}}");
  for (const line of (listed ?? "").split("\n")) {
    const [tag = "", createdAt = ""] = line.split("\t");
    // Shape: 2026-11-21 12:00:00 +0000 UTC
    const created = Date.parse(createdAt.split(" ").slice(0, 3).join(" "));
    if (tag.endsWith(":<none>") || tag === "" || current.has(tag) || !(nowMs - created > keptMs)) continue;
    await run("docker", ["image", "rm", tag]);
  }
}
