import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Certificates } from "../render/certificates.ts";

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
  /** The same as an origin, such as `https://console.localhost:28443`. */
  originOf(part: string): string;
  /** Where the edge listens. */
  publish: { on: "127.0.0.1" | "0.0.0.0"; httpPort: number; httpsPort: number };
  certificates: Certificates;
  /** Where the backups go. */
  backups: BackupTargets;
}

export type BackupTargets =
  /** An emulator of the bucket, on a volume of its own. */
  | { kind: "emulator"; bucket: string }
  /** Every hour to the bucket beside the machine, every day to one of another company. */
  | { kind: "clouds"; hourly: S3Bucket; daily: S3Bucket | GoogleBucket };

export interface S3Bucket {
  kind: "s3";
  bucket: string;
  /** Shape: `https://host`. */
  endpoint: pulumi.Input<string>;
  region: string;
  accessKeyId: pulumi.Input<string>;
  /** A secret. */
  secretAccessKey: pulumi.Input<string>;
}

export interface GoogleBucket {
  kind: "google";
  bucket: string;
  projectId: string;
  /** A secret: the key of a service account, as JSON. */
  credentials: pulumi.Input<string>;
}
