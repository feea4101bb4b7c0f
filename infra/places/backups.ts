import type * as cloudflare from "@pulumi/cloudflare";
import type * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import { R2Bucket } from "../components/cloudflare/bucket.ts";
import { GoogleBackups } from "../components/google/backups.ts";
import { OracleStorage } from "../components/oracle/storage.ts";
import type { CloudflareSettings, GoogleSettings, OracleSettings, Settings } from "../settings.ts";
import type { BackupTargets, GoogleBucket, S3Bucket } from "./place.ts";
import { googleProvider } from "./providers.ts";

interface Clouds {
  oracle: oci.Provider;
  cloudflare: cloudflare.Provider;
}

/** The buckets of a home in the clouds, and the key of the one who may delete what is off-site. */
export function cloudBackups(prefix: string, settings: Settings, clouds: Clouds) {
  const { homeRegion, tenancyId, compartmentId } = settings.oracle as OracleSettings;
  const storage = new OracleStorage("storage", { prefix, tenancyId, compartmentId, region: homeRegion }, { provider: clouds.oracle });
  const { bucket, endpoint, accessKeyId, secretAccessKey } = storage;
  const hourly: S3Bucket = { kind: "s3", bucket, endpoint, region: homeRegion, accessKeyId, secretAccessKey };
  const offSite = settings.cloudflare?.r2AccountId === undefined ? inGoogle(prefix, settings.google as GoogleSettings) : inR2(settings, clouds);
  const targets: BackupTargets = { kind: "clouds", hourly, daily: offSite.daily };
  return { targets, keeperCredentials: offSite.keeperCredentials };
}

interface OffSite {
  daily: S3Bucket | GoogleBucket;
  keeperCredentials: pulumi.Output<string> | undefined;
}

function inGoogle(prefix: string, settings: GoogleSettings): OffSite {
  const { projectId, location } = settings;
  const bucket = googleBucket(prefix, settings);
  const backups = new GoogleBackups("offsite", { prefix, bucket, location }, { provider: googleProvider(settings) });
  return { daily: { kind: "google", bucket, projectId, credentials: backups.writerCredentials }, keeperCredentials: backups.keeperCredentials };
}

/** The name of Google's bucket: that of the settings, or one made of the project's, since it must be the only one in the world. */
export const googleBucket = (prefix: string, { projectId, bucket }: GoogleSettings): string =>
  bucket ?? `${projectId}-${prefix}`.slice(0, 63).replace(/-+$/, "");

function inR2({ cloudflare, r2SecretAccessKey }: Settings, clouds: Clouds): OffSite {
  const { r2AccountId, r2AccessKeyId, r2Bucket } = cloudflare as CloudflareSettings & { r2AccountId: string; r2AccessKeyId: string };
  const { bucket, endpoint } = new R2Bucket("offsite", { accountId: r2AccountId, bucket: r2Bucket }, { provider: clouds.cloudflare });
  const secretAccessKey = pulumi.secret(r2SecretAccessKey as string);
  return { daily: { kind: "s3", bucket, endpoint, region: "auto", accessKeyId: r2AccessKeyId, secretAccessKey }, keeperCredentials: undefined };
}
