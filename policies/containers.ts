import type { VolumeArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import { containerType, hostAccess, isHostPath, isManager, isSocket, sourcesOf, type ContainerProps } from "./container-facts.ts";
import { limits, quote } from "./limits.ts";
import { resourcePolicy, stackPolicy } from "./policy.ts";
import { when } from "./violation.ts";

const types = [containerType];
const allowedCapabilities: readonly string[] = limits.home.capabilities.value;
const bare = (capability: string) => capability.toUpperCase().replace(/^CAP_/, "");

export const containerPrivileged = resourcePolicy({
  name: "container-privileged",
  description: "Checks whether a container runs privileged.",
  rule: "A container must not be privileged: it would own its host.",
  types,
  facts: ({ privileged }: ContainerProps) => ({ privileged }),
  check: ({ facts }) =>
    when(facts.privileged === true, {
      found: "privileged = true",
      limit: "false or not set",
      cure: "Remove `privileged`; give the one thing that is needed instead, such as a volume.",
    }),
});

export const containerCapabilities = resourcePolicy({
  name: "container-capabilities",
  description: "Checks whether a container drops all Linux capabilities and adds none that matter.",
  rule: "A container must drop ALL capabilities and may add back harmless ones only.",
  types,
  facts: ({ capabilities }: ContainerProps) => ({ capabilities }),
  check: ({ facts: { capabilities } }) => {
    const drops = (capabilities?.drops ?? []).map(bare);
    const adds = (capabilities?.adds ?? []).filter((name) => !allowedCapabilities.includes(bare(name)));
    return [
      ...when(!drops.includes("ALL"), { found: `capabilities.drops = [${drops.join(", ")}]`, limit: "ALL", cure: 'Set `capabilities: { drops: ["ALL"] }`.' }),
      ...adds.map((name) => ({
        found: `capabilities.adds has ${name}`,
        limit: quote(limits.home.capabilities),
        cure: `Remove ${name}; run the process as the user that owns what it touches.`,
      })),
    ];
  },
});

export const containerNoNewPrivileges = resourcePolicy({
  name: "container-no-new-privileges",
  description: "Checks whether a container's processes can gain privileges.",
  rule: "A container must set no-new-privileges and keep Docker's seccomp and AppArmor profiles.",
  types,
  facts: ({ securityOpts }: ContainerProps) => ({ securityOpts }),
  check: ({ facts: { securityOpts = [] } }) => {
    const kept =
      securityOpts.some((option) => /^no-new-privileges([:=]true)?$/.test(option)) &&
      !securityOpts.some((option) => /^no-new-privileges[:=]false$/.test(option));
    const loose = securityOpts.filter((option) => /unconfined|label[:=]disable|systempaths/.test(option));
    return [
      ...when(!kept, {
        found: `securityOpts = [${securityOpts.join(", ")}]`,
        limit: "no-new-privileges:true",
        cure: 'Set `securityOpts: ["no-new-privileges:true"]`.',
      }),
      ...loose.map((option) => ({ found: `securityOpts has ${option}`, limit: "Docker's own profiles", cure: `Remove ${option}.` })),
    ];
  },
});

export const containerHostNamespaces = resourcePolicy({
  name: "container-host-namespaces",
  description: "Checks whether a container shares a namespace with its host or with another container.",
  rule: "A container must have namespaces of its own: network, processes, IPC, users, cgroups.",
  types,
  facts: ({ networkMode, pidMode, ipcMode, usernsMode, cgroupnsMode, networksAdvanced }: ContainerProps) => ({
    modes: { networkMode, pidMode, ipcMode, usernsMode, cgroupnsMode },
    networks: (networksAdvanced ?? []).map(({ name }) => name),
  }),
  check: ({ facts: { modes, networks } }) => {
    const shared = Object.entries(modes).filter(([, mode]) => mode !== undefined && /^(host$|container:)/.test(mode));
    return [...shared, ...networks.filter((name) => name === "host").map((name) => ["networksAdvanced", name])].map(([property, mode]) => ({
      found: `${property} = ${mode}`,
      limit: "a namespace of its own",
      cure: `Remove ${property}, and let the container meet others through a bridge network.`,
    }));
  },
});

export const containerDevices = resourcePolicy({
  name: "container-devices",
  description: "Checks whether a container gets devices of its host.",
  rule: "A container must not get devices of its host: a disk is all of its files.",
  types,
  facts: ({ devices, deviceRequests, deviceCgroupRules, gpus }: ContainerProps) => ({ devices, deviceRequests, deviceCgroupRules, gpus }),
  check: ({ facts }) =>
    Object.entries(facts)
      .filter(([, value]) => value !== undefined && value.length > 0)
      .map(([property, value]) => ({ found: `${property} = ${JSON.stringify(value)}`, limit: "none", cure: `Remove ${property}.` })),
});

export const containerDockerSocket = resourcePolicy({
  name: "container-docker-socket",
  description: "Checks whether a container other than the manager gets the Docker socket.",
  rule: "The Docker socket must be in the manager alone: who holds it owns the host.",
  types,
  facts: (props: ContainerProps, resource) => ({
    name: props.name ?? resource.name,
    ...hostAccess(props),
    uploads: (props.uploads ?? []).map(({ file }) => file),
  }),
  check: ({ facts }) => {
    if (isManager(facts.name)) return [];
    const files = facts.uploads.map((file, index) => ({ property: `uploads[${index}].file`, source: file }));
    const sockets = [...sourcesOf(facts), ...files].filter(({ source }) => isSocket(source));
    return sockets.map(({ property, source }) => ({
      found: `${property} = ${source}`,
      limit: "only in the container whose name ends in -manager",
      cure: "Remove it, and ask the manager by its API for what needs Docker.",
    }));
  },
});

export const oneSocketHolder = stackPolicy({
  name: "one-socket-holder",
  description: "Checks whether more than one container gets the Docker socket.",
  rule: "One container alone must hold the Docker socket.",
  types,
  facts: (props: ContainerProps, resource) => ({ name: props.name ?? resource.name, ...hostAccess(props) }),
  check: (containers) => {
    const holders = containers.filter(({ facts }) => sourcesOf(facts).some(({ source }) => isSocket(source))).map(({ facts }) => facts.name);
    return when(holders.length > 1, { found: holders.join(", "), limit: "1 container", cure: "Let one manager hold it, and the others ask that manager." });
  },
});

export const containerHostPaths = resourcePolicy({
  name: "container-host-paths",
  description: "Checks whether a container gets files of its host.",
  rule: "A container must get named volumes only, no path of its host and no other container's volumes.",
  types,
  facts: hostAccess,
  check: ({ facts }) => {
    const paths = sourcesOf(facts).filter(({ source }) => isHostPath(source) && !isSocket(source));
    const borrowed = facts.volumes.flatMap(({ fromContainer }, index) =>
      fromContainer ? [{ property: `volumes[${index}].fromContainer`, source: fromContainer }] : [],
    );
    return [...paths, ...borrowed].map(({ property, source }) => ({
      found: `${property} = ${source}`,
      limit: "named volumes",
      cure: "Use a named volume; put a single file in by `uploads`.",
    }));
  },
});

export const volumeHostPaths = resourcePolicy({
  name: "volume-host-paths",
  description: "Checks whether a volume is a path of its host in disguise.",
  rule: "A volume must be kept by Docker itself, without options that bind it to a path or a share.",
  types: ["docker:index/volume:Volume"],
  facts: ({ driver, driverOpts }: Unwrap<VolumeArgs>) => ({ driver, driverOpts: Object.entries(driverOpts ?? {}) }),
  check: ({ facts: { driver = "local", driverOpts } }) => [
    ...when(driver !== "local", { found: `driver = ${driver}`, limit: "local", cure: "Remove `driver`." }),
    ...driverOpts.map(([option, value]) => ({ found: `driverOpts.${option} = ${value}`, limit: "no options", cure: "Remove `driverOpts`." })),
  ],
});
