import type * as pulumi from "@pulumi/pulumi";
import type { Network } from "./components/network.ts";
import type { Ground } from "./ground.ts";
import { at } from "./ports.ts";

interface Plan {
  environment: Record<string, pulumi.Input<string>>;
  secrets: Record<string, pulumi.Input<string>>;
  networks: Network[];
}

/** Where the backup agent is told to write, and the way there. */
export function planBackups({ place: { backups }, settings, networks }: Pick<Ground, "place" | "settings" | "networks">): Plan {
  if (backups.kind === "emulator")
    return {
      environment: { BACKUP_REPOSITORY: `gs:${backups.bucket}:/home`, BUCKET_EMULATOR_URL: at("bucket"), BACKUP_SCHEDULE: settings.backup.schedule },
      secrets: {},
      networks: [networks.core],
    };
  const { daily } = backups;
  if (daily.kind !== "google")
    throw new Error("The backup agent writes to Google's buckets so far: leave cloudflare.r2AccountId out and set google.projectId.");
  return {
    environment: {
      BACKUP_REPOSITORY: `gs:${daily.bucket}:/home`,
      BUCKET_PROJECT_ID: daily.projectId,
      BUCKET_CREDENTIALS_FILE: "/run/secrets/bucket-credentials",
      BACKUP_SCHEDULE: settings.backup.offSiteSchedule,
    },
    secrets: { "bucket-credentials": daily.credentials },
    networks: [networks.core, networks.egress],
  };
}
