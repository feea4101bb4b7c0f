import type { ContainerArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";

export type ContainerProps = Unwrap<ContainerArgs>;

export const containerType = "docker:index/container:Container";

/** The container that alone may hold the Docker socket, and the one that alone may be reached from outside, by the end of their names. */
const roles = { manager: /-manager$/, edge: /-edge$/ } as const;

export const isManager = (name: unknown) => typeof name === "string" && roles.manager.test(name);
export const isEdge = (name: unknown) => typeof name === "string" && roles.edge.test(name);

/** The properties through which a container could reach files of its host or of its neighbours. */
export function hostAccess({ volumes, mounts }: ContainerProps) {
  return {
    volumes: (volumes ?? []).map(({ hostPath, volumeName, fromContainer }) => ({ source: hostPath ?? volumeName, fromContainer })),
    mounts: (mounts ?? []).map(({ source, volumeOptions }) => ({ source, device: volumeOptions?.driverOptions?.["device"] })),
  };
}

/** Everything that those properties name. Shape: source is a path, or a volume's name when there is no slash in it. */
export function sourcesOf({ volumes, mounts }: ReturnType<typeof hostAccess>): { property: string; source: string }[] {
  const named = [
    ...volumes.map(({ source }, index) => ({ property: `volumes[${index}]`, source })),
    ...mounts.map(({ source }, index) => ({ property: `mounts[${index}].source`, source })),
    ...mounts.map(({ device }, index) => ({ property: `mounts[${index}].volumeOptions.driverOptions.device`, source: device })),
  ];
  return named.flatMap(({ property, source }) => (source === undefined ? [] : [{ property, source }]));
}

/** Docker takes a volume "name" with a slash, a backslash or a leading dot or tilde for a path of the host. */
export const isHostPath = (source: string) => /[\\/]|^[.~]/.test(source);

export const isSocket = (source: string) => /(docker|containerd|podman|crio)\.sock$/.test(source);

/** A variable of a container's environment. */
interface Variable {
  name: string;
  value: string;
}

export function environment(envs: readonly string[]): Variable[] {
  return envs.map((entry) => ({ name: entry.slice(0, entry.indexOf("=")), value: entry.slice(entry.indexOf("=") + 1) }));
}
