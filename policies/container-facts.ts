import type { ContainerArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";

export type ContainerProps = Unwrap<ContainerArgs>;

export const containerType = "docker:index/container:Container";

/** The container that alone may hold the Docker socket, and the one that alone may be reached from outside, by the end of their names. */
const roles = { manager: /-manager$/, edge: /-edge$/ } as const;

export const isManager = (name: unknown) => typeof name === "string" && roles.manager.test(name);
export const isEdge = (name: unknown) => typeof name === "string" && roles.edge.test(name);

/** What a container takes from its host's file system. Shape: path is a path, or a volume's name when there is no slash in it. */
interface Taken {
  property: string;
  path: string | undefined;
}

/** Everything through which a container could reach files of its host, whatever the property is called. */
export function takenFromHost({ volumes, mounts }: ContainerProps): Taken[] {
  return [
    ...(volumes ?? []).map((volume, index) => ({ property: `volumes[${index}]`, path: volume.hostPath ?? volume.volumeName })),
    ...(mounts ?? []).map((mount, index) => ({ property: `mounts[${index}].source`, path: mount.source })),
    ...(mounts ?? []).map((mount, index) => ({
      property: `mounts[${index}].volumeOptions.driverOptions.device`,
      path: mount.volumeOptions?.driverOptions?.["device"],
    })),
  ];
}

/** Docker takes a volume "name" with a slash, a backslash or a leading dot or tilde for a path of the host. */
export const isHostPath = (path: string | undefined) => path !== undefined && /[\\/]|^[.~]/.test(path);

export const isSocket = (path: string | undefined) => path !== undefined && /(docker|containerd|podman|crio)\.sock$/.test(path);

/** A variable of a container's environment. */
interface Variable {
  name: string;
  value: string;
}

export function environment(envs: string[] | undefined): Variable[] {
  return (envs ?? []).map((entry) => ({ name: entry.slice(0, entry.indexOf("=")), value: entry.slice(entry.indexOf("=") + 1) }));
}
