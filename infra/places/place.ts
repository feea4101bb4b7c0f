import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";

/** The questions that a home asks of where it stands; no component asks which place that is. */
export interface Place {
  /** The Docker engine that builds the images and runs the containers. */
  engine: docker.Provider;
  /** Environment of `docker` commands for that engine. */
  engineEnvironment: Record<string, pulumi.Input<string>>;
  /** The name under which a part of the home is reached: `console` → `console.localhost`. */
  hostOf(part: string): string;
  /** What stands behind the part's name, and behind each tenant's: `localhost`. */
  domain: string;
  /** The address on which the edge is published. */
  publishOn: "127.0.0.1" | "0.0.0.0";
  /** Where the backups go. */
  backups: BackupTarget;
}

export type BackupTarget =
  /** An emulator of the bucket, on a volume of its own. */
  { kind: "emulator"; bucket: string };
