import type { RemoteImageArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import { containerType, environment, isManager, type ContainerProps } from "./container-facts.ts";
import { limits, places, quote } from "./limits.ts";
import { choice, integer, resourcePolicy, stackPolicy } from "./policy.ts";
import { when } from "./violation.ts";

const types = [containerType];
/** A tag of ours is the hash of the image's content; of others only a digest is. */
const ownTag = /^freehold\/[a-z0-9._-]+:[0-9a-f]{12,64}$/;
const digest = /(^|@)sha256:[0-9a-f]{64}$/;
const standard = limits.home.memoryMb.local;

export const containerMemory = resourcePolicy({
  name: "container-memory",
  description: "Checks whether a container's memory is bounded.",
  rule: "A container must have a memory limit, and memorySwap the same.",
  types,
  facts: ({ memory, memorySwap }: ContainerProps) => ({ memory, memorySwap }),
  check: ({ facts: { memory = 0, memorySwap } }) => {
    const least = limits.home.containerMinimumMb;
    if (memory < least.value)
      return [{ found: `memory = ${memory} MB`, limit: `at least ${quote(least)}`, cure: "Set `memory` in MB to what the container needs at its worst." }];
    if (memorySwap === memory) return [];
    return [
      {
        found: `memorySwap = ${memorySwap ?? "not set"}, memory = ${memory} MB`,
        limit: `memorySwap = ${memory}`,
        cure: `Set \`memorySwap: ${memory}\`; else Docker adds as much swap again, which also shows as drift.`,
      },
    ];
  },
});

export const homeMemory = stackPolicy({
  name: "home-memory",
  description: "Checks whether the memory limits of all containers together fit the home.",
  rule: "The memory limits of all containers, job slots and awake tenants together must fit the home's memory.",
  types,
  settings: { homeMemoryMb: integer(standard.value, "Memory that the home may promise to its containers, in MB.") },
  facts: (props: ContainerProps, resource) => {
    const name = props.name ?? resource.name;
    return { name, memory: props.memory, envs: isManager(name) ? (props.envs ?? []) : [] };
  },
  check: (containers, { homeMemoryMb }) => {
    const boundless = containers.flatMap(({ facts }) => unboundedIn(facts).map((setting) => ({ ...setting, found: `${facts.name} has ${setting.found}` })));
    if (boundless.length > 0) return boundless;
    const services = containers.reduce((sum, { facts }) => sum + (facts.memory ?? 0), 0);
    const jobs = containers.reduce((sum, { facts }) => sum + (jobMemoryMb(facts.envs) ?? 0), 0);
    const tenants = containers.reduce((sum, { facts }) => sum + (tenantMemoryMb(facts.envs) ?? 0), 0);
    const all = services + jobs + tenants;
    if (all <= homeMemoryMb) return [];
    const largest = containers.toSorted((a, b) => (b.facts.memory ?? 0) - (a.facts.memory ?? 0)).slice(0, 3);
    const names = largest.map(({ facts }) => `${facts.name} ${facts.memory} MB`).join(", ");
    return [
      {
        found: `${all} MB: containers ${services} MB (the largest: ${names}), job slots ${jobs} MB, awake tenants ${tenants} MB`,
        limit: homeMemoryMb === standard.value ? quote(standard) : `${homeMemoryMb.toLocaleString("en-US")} MB (the pack's setting homeMemoryMb)`,
        cure: "Lower jobs.slots, jobs.memoryMb, tenants.memoryMb or a service's memory, or, if the machine has it, raise memoryMb in the stack's settings.",
      },
    ];
  },
});

/** Of what a manager makes by itself, whatever has no bound. */
function unboundedIn({ envs }: { envs: string[] }): { found: string; limit: string; cure: string }[] {
  const jobs = { found: "JOB_NETWORKS without a number in JOB_MEMORY_MB", limit: "the memory of one job", cure: "Set JOB_MEMORY_MB in its `envs`." };
  const tenants = {
    found: "TENANT_IMAGE without a number in TENANTS_MEMORY_MB",
    limit: "the memory of all awake tenants",
    cure: "Set TENANTS_MEMORY_MB in its `envs`.",
  };
  return [...(jobMemoryMb(envs) === undefined ? [jobs] : []), ...(tenantMemoryMb(envs) === undefined ? [tenants] : [])];
}

/** What a manager's own settings let its tenants take together: none without an image for them, undefined when they have no bound. */
function tenantMemoryMb(envs: string[]): number | undefined {
  const valueOf = (name: string) => environment(envs).find((setting) => setting.name === name)?.value ?? "";
  const memory = Number(valueOf("TENANTS_MEMORY_MB"));
  return valueOf("TENANT_IMAGE") === "" ? 0 : memory > 0 ? memory : undefined;
}

/** What a manager's own settings let its job containers take: none without networks for them, undefined when they have no bound. */
function jobMemoryMb(envs: string[]): number | undefined {
  const valueOf = (name: string) => environment(envs).find((setting) => setting.name === name)?.value ?? "";
  const slots = valueOf("JOB_NETWORKS").split(",").filter(Boolean).length;
  const memory = Number(valueOf("JOB_MEMORY_MB"));
  return slots === 0 ? 0 : memory > 0 ? slots * memory : undefined;
}

export const containerImage = resourcePolicy({
  name: "container-image",
  description: "Checks whether a container's image is named by its content, and made for its machine's CPU.",
  rule: "An image must be named by its content, so that the same program always runs the same bytes; on the free VM it must be built there, for Arm.",
  types,
  settings: { place: choice("local", places, "Where the home stands.") },
  facts: ({ image }: ContainerProps) => ({ image }),
  check: ({ facts: { image } }, { place }) => {
    const cure = "Build it by the component Image, which builds on the machine that runs it and makes such a tag";
    if (place === "oracle" && !ownTag.test(image))
      return [{ found: `image = ${image}`, limit: "freehold/<name>:<hash of its content>: a digest does not tell the CPU", cure: `${cure}.` }];
    return when(!ownTag.test(image) && !digest.test(image), {
      found: `image = ${image}`,
      limit: "freehold/<name>:<hash of its content>, or …@sha256:<digest>",
      cure: `${cure}, or name the image by its digest.`,
    });
  },
});

type BuildProps = Partial<Unwrap<RemoteImageArgs>> & { platforms?: string[] };

export const imagePlatform = resourcePolicy({
  name: "image-platform",
  description: "Checks whether an image that is pulled or built is one for the free VM's CPU.",
  rule: "An image for the free VM must be for Arm: any other one does not start there.",
  types: ["docker:index/remoteImage:RemoteImage", "docker:index/image:Image", "docker-build:index:Image"],
  settings: { place: choice("local", places, "Where the home stands.") },
  facts: ({ platform, platforms, build }: BuildProps) => ({
    built: build !== undefined,
    platforms: [platform, build?.platform, ...(platforms ?? [])].filter((one) => one !== undefined),
  }),
  check: ({ facts: { built, platforms } }, { place }) => {
    if (place !== "oracle") return [];
    const cure = 'Build it there without a platform, or set `platform: "linux/arm64"`.';
    const foreign = platforms.filter((platform) => !/^linux\/arm64(\/v8)?$/.test(platform));
    return [
      ...foreign.map((platform) => ({ found: `platform = ${platform}`, limit: "linux/arm64", cure })),
      ...when(!built && platforms.length === 0, { found: "no platform", limit: "linux/arm64", cure }),
    ];
  },
});

export const containerRestart = resourcePolicy({
  name: "container-restart",
  description: "Checks whether a container comes back after a crash or a reboot.",
  rule: "A container must be restarted when it ends.",
  types,
  facts: ({ restart }: ContainerProps) => ({ restart }),
  check: ({ facts: { restart = "no" } }) =>
    when(!["always", "unless-stopped", "on-failure"].includes(restart), {
      found: `restart = ${restart}`,
      limit: "always, unless-stopped or on-failure",
      cure: 'Set `restart: "unless-stopped"`.',
    }),
});

export const containerLog = resourcePolicy({
  name: "container-log",
  description: "Checks whether a container's log is bounded.",
  rule: "A container's log must be bounded, or it fills the disk one day.",
  types,
  facts: ({ logDriver, logOpts }: ContainerProps) => ({ logDriver, logOpts: { maxSize: logOpts?.["max-size"], maxFile: logOpts?.["max-file"] } }),
  check: ({ facts: { logDriver = "json-file", logOpts } }) => {
    const limit = quote(limits.home.containerLogMb);
    const cure = 'Set `logDriver: "json-file", logOpts: { "max-size": "10m", "max-file": "3" }`.';
    if (logDriver !== "json-file" && logDriver !== "local") return [{ found: `logDriver = ${logDriver}`, limit: "json-file or local", cure }];
    const megabytes = sizeMb(logOpts.maxSize) * Number(logOpts.maxFile ?? 1);
    return when(!(megabytes <= limits.home.containerLogMb.value), {
      found: `max-size = ${logOpts.maxSize ?? "not set"}, max-file = ${logOpts.maxFile ?? "not set"}`,
      limit,
      cure,
    });
  },
});

/** Shape: Docker's sizes, such as 10m. Infinite where there is none. */
function sizeMb(size: string | undefined): number {
  const [, amount, unit = "b"] = /^(\d+)([bkmg]?)$/i.exec(size ?? "") ?? [];
  const factor = { "": 1e-6, b: 1e-6, k: 1e-3, m: 1, g: 1e3 }[unit.toLowerCase()];
  return amount === undefined || factor === undefined ? Infinity : Number(amount) * factor;
}
