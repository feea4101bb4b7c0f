import * as pulumi from "@pulumi/pulumi";
import type { Network } from "./components/network.ts";
import type { Ground } from "./ground.ts";
import { ports } from "./ports.ts";

interface Plan {
  environment: Record<string, pulumi.Input<string>>;
  secrets: Record<string, pulumi.Input<string>>;
  networks: Network[];
}

/**
 * Where PostgreSQL's archive lies, and the way there: beside the hourly snapshots, for each segment takes three requests, and what a month of them
 * makes is free there and not in the bucket of the daily ones.
 */
export function planArchive({ place: { backups }, networks }: Pick<Ground, "place" | "networks">): Plan {
  if (backups.kind === "emulator")
    return {
      environment: { WAL_REPOSITORY: `gs:${backups.bucket}:/wal`, WAL_EMULATOR_HOST: `bucket:${ports.bucketTls}` },
      secrets: {},
      networks: [networks.core],
    };
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = backups.hourly;
  return {
    environment: {
      WAL_REPOSITORY: pulumi.interpolate`s3:${endpoint}/${bucket}/wal`,
      S3_REGION: region,
      S3_ACCESS_KEY_FILE: "/run/secrets/wal-access-key",
      S3_SECRET_KEY_FILE: "/run/secrets/wal-secret-key",
    },
    secrets: { "wal-access-key": accessKeyId, "wal-secret-key": secretAccessKey },
    networks: [networks.core, networks.egress],
  };
}
