import * as pulumi from "@pulumi/pulumi";
import { limits } from "../policies/limits.ts";
import { refusalsOf } from "../runtime/backup/src/config.ts";
import type { Network } from "./components/network.ts";
import type { Ground } from "./ground.ts";
import type { GoogleBucket, S3Bucket } from "./places/place.ts";
import { at, ports } from "./ports.ts";

interface Plan {
  environment: Record<string, pulumi.Input<string>>;
  secrets: Record<string, pulumi.Input<string>>;
  networks: Network[];
}

type Target = Record<string, unknown>;
type Needs = Pick<Ground, "place" | "settings" | "networks">;

const oracleFree = { storageBytes: limits.oracle.objectStorageGb.value * 1e9, requests: limits.oracle.objectStorageRequests.value };
const googleFree = {
  storageBytes: limits.google.storageGb.value * 1e9,
  classA: limits.google.classAOperations.value,
  classB: limits.google.classBOperations.value,
};
const r2Free = {
  storageBytes: limits.cloudflare.r2StorageGb.value * 1e9,
  classA: limits.cloudflare.r2ClassAOperations.value,
  classB: limits.cloudflare.r2ClassBOperations.value,
};

const [hourlyName, dailyName] = ["hourly", "offsite"] as const;

const secretFile = (name: string) => `/run/secrets/${name}`;

/**
 * Where the backup agent is told to write, and the way there: every hour beside the machine, every day to another company.
 * Throws: Error when a schedule would ask for more than is free.
 */
export function planBackups({ place: { backups }, settings, networks }: Needs): Plan {
  const hourly = { name: hourlyName, schedule: settings.backup.schedule, ...keptHourly(settings), limits: oracleFree, reserved: archiveShare(settings) };
  const daily = { name: dailyName, schedule: settings.backup.offSiteSchedule, keepHourly: 0, keepDaily: settings.backup.keepDaily };
  if (backups.kind === "emulator") {
    const ways = emulated(backups.bucket);
    return plan(
      [
        { ...hourly, ...ways.hourly.target },
        { ...daily, ...ways.daily, limits: googleFree },
      ],
      ways.hourly.secrets,
      [networks.core],
    );
  }
  const first = s3Target(backups.hourly, hourlyName);
  const second =
    backups.daily.kind === "s3" ? { ...s3Target(backups.daily, dailyName), limits: r2Free } : { ...googleTarget(backups.daily), limits: googleFree };
  const secrets = { ...first.secrets, ...second.secrets };
  return plan(
    [
      { ...hourly, ...first.target },
      { ...daily, ...second.target, limits: second.limits },
    ],
    secrets,
    [networks.core, networks.egress],
  );
}

/** A list, a read and a write; a base backup with its clean-up. Counted: runtime/backup/ARCHIVE.md. */
const requestsOfArchive = { segment: 3, base: 32 };

/** What PostgreSQL's archive may ask of the same bucket in the longest month, see runtime/backup/ARCHIVE.md. */
const archiveShare = ({ backup }: Ground["settings"]) => ({
  requests: Math.ceil((31 * 86_400) / backup.archiveSeconds) * requestsOfArchive.segment + 31 * requestsOfArchive.base,
});

const keptHourly = ({ backup }: Ground["settings"]) => ({ keepHourly: backup.keepHourly, keepDaily: backup.keepDaily });

/** Where the backups of a place lie, for whoever reads them without a home. Shape of a repository: as restic takes it. */
export function repositoriesOf({ backups }: Ground["place"]): { name: string; repository: pulumi.Input<string> }[] {
  const named = (hourly: pulumi.Input<string>, daily: pulumi.Input<string>) => [
    { name: hourlyName, repository: hourly },
    { name: dailyName, repository: daily },
  ];
  if (backups.kind === "emulator") return named(inS3({ address: emulatorAddress, bucket: backups.bucket }), inGoogle(backups.bucket));
  const { hourly, daily } = backups;
  return named(
    inS3({ address: hourly.endpoint, bucket: hourly.bucket }),
    daily.kind === "s3" ? inS3({ address: daily.endpoint, bucket: daily.bucket }) : inGoogle(daily.bucket),
  );
}

const inS3 = ({ address, bucket }: { address: pulumi.Input<string>; bucket: string }) => pulumi.interpolate`s3:${address}/${bucket}/home`;
const inGoogle = (bucket: string) => `gs:${bucket}:/home`;
const emulatorAddress = `http://bucket:${ports.bucketS3}`;

/** The emulator takes these two and asks for no more: it is on a network of its own machine alone. */
const emulatedKey = { id: "emulator", secret: "emulator-secret" };

function emulated(bucket: string) {
  return {
    hourly: {
      target: s3Fields(hourlyName, { address: emulatorAddress, bucket, region: "us-east-1" }),
      secrets: { "hourly-access-key": emulatedKey.id, "hourly-secret-key": emulatedKey.secret },
    },
    daily: { repository: inGoogle(bucket), emulatorUrl: at("bucket") },
  };
}

export const emulatorEnvironment = { SPEAKS_S3: "true" };

function s3Target({ bucket, endpoint, region, accessKeyId, secretAccessKey }: S3Bucket, name: string) {
  return {
    target: s3Fields(name, { address: endpoint, bucket, region }),
    secrets: { [`${name}-access-key`]: accessKeyId, [`${name}-secret-key`]: secretAccessKey },
  };
}

const s3Fields = (name: string, { address, bucket, region }: { address: pulumi.Input<string>; bucket: string; region: string }): Target => ({
  repository: inS3({ address, bucket }),
  region,
  accessKeyFile: secretFile(`${name}-access-key`),
  secretKeyFile: secretFile(`${name}-secret-key`),
});

/** The key on the machine can add snapshots and not delete them: thinning out is the keeper's, whose key the owner has. */
const googleTarget = ({ bucket, projectId, credentials }: GoogleBucket) => ({
  target: { repository: inGoogle(bucket), projectId, credentialsFile: secretFile("offsite-credentials"), mayDelete: false },
  secrets: { "offsite-credentials": credentials },
});

function plan(targets: Target[], secrets: Plan["secrets"], networks: Network[]): Plan {
  const refusals = refusalsOf(
    targets.map((target) => ({ ...target, ...(typeof target["repository"] === "string" ? {} : { repository: "s3:https://known-later/bucket/home" }) })),
  );
  if (refusals.length > 0)
    throw new Error(`These backups would not be free: ${refusals.join("; ")}. See freehold:backup.schedule and freehold:backup.offSiteSchedule.`);
  return { environment: { BACKUP_TARGETS: pulumi.jsonStringify(targets) }, secrets, networks };
}
