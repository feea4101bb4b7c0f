import type { core, objectstorage } from "@pulumi/oci";
import type { Unwrap } from "@pulumi/pulumi";
import { limits, quote } from "./limits.ts";
import { resourcePolicy, stackPolicy } from "./policy.ts";
import { when } from "./violation.ts";

type InstanceProps = Unwrap<core.InstanceArgs>;
type VolumeProps = Unwrap<core.VolumeArgs>;

const instance = "oci:Core/instance:Instance";
const volumes = ["oci:Core/volume:Volume", "oci:Core/bootVolume:BootVolume"];

export const blockTotal = stackPolicy({
  name: "block-total",
  description: "Checks whether boot and data volumes together stay inside the Always Free allowance.",
  rule: "Boot and data volumes together must stay inside the Always Free allowance.",
  types: [instance, ...volumes],
  facts: ({ sizeInGbs, sourceDetails }: Partial<VolumeProps> & Partial<InstanceProps>, { type }) => ({
    sizeGb:
      type === instance ? ((sourceDetails as InstanceProps["sourceDetails"])?.bootVolumeSizeInGbs ?? String(limits.oracle.bootVolumeGb.value)) : sizeInGbs,
  }),
  check: (owners) => {
    const sum = owners.reduce((total, { facts }) => total + Number(facts.sizeGb ?? 0), 0);
    const parts = owners.map(({ name, facts }) => `${name} ${facts.sizeGb ?? "?"} GB`).join(", ");
    return when(!(sum <= limits.oracle.blockGb.value), {
      found: `${sum} GB: ${parts}`,
      limit: quote(limits.oracle.blockGb),
      cure: "Make a volume smaller; a boot volume needs 50 GB, and a drill of a restore some GB to spare.",
    });
  },
});

export const volumeSize = resourcePolicy({
  name: "volume-size",
  description: "Checks whether a volume says how large it is.",
  rule: "A volume must say its size in GB, or Oracle makes it 1 TB.",
  types: volumes,
  facts: ({ sizeInGbs }: VolumeProps) => ({ sizeInGbs }),
  check: ({ facts: { sizeInGbs } }) =>
    when(!(Number(sizeInGbs) > 0), {
      found: `sizeInGbs = ${sizeInGbs ?? "not set"}`,
      limit: `some of ${quote(limits.oracle.blockGb)}`,
      cure: 'Set `sizeInGbs: "100"`.',
    }),
});

export const volumePerformance = resourcePolicy({
  name: "volume-performance",
  description: "Checks whether a volume is faster than the free ones.",
  rule: "A volume must not be faster than Balanced, and must not tune itself.",
  types: [instance, ...volumes],
  facts: ({ vpusPerGb, autotunePolicies, isAutoTuneEnabled, sourceDetails }: Partial<VolumeProps> & Partial<InstanceProps>, { type }) => ({
    vpusPerGb: type === instance ? (sourceDetails as InstanceProps["sourceDetails"])?.bootVolumeVpusPerGb : vpusPerGb,
    isAutoTuneEnabled,
    autotunePolicies,
  }),
  check: ({ facts: { vpusPerGb = "10", isAutoTuneEnabled, autotunePolicies = [] } }) => {
    const limit = limits.oracle.volumePerformance;
    return [
      ...when(!(Number(vpusPerGb) <= limit.value), { found: `${vpusPerGb} VPU/GB`, limit: quote(limit), cure: `Set it to "${limit.value}".` }),
      ...when(isAutoTuneEnabled === true || autotunePolicies.length > 0, {
        found: "autotuning is on",
        limit: quote(limit),
        cure: "Remove `autotunePolicies` and `isAutoTuneEnabled`.",
      }),
    ];
  },
});

export const volumeProtected = resourcePolicy({
  name: "volume-protected",
  description: "Checks whether what must outlive the home is protected from deletion.",
  rule: "A data volume, a backup bucket and a reserved address must be protected: they outlive every stack.",
  types: [
    "oci:Core/volume:Volume",
    "oci:Core/publicIp:PublicIp",
    "oci:ObjectStorage/bucket:Bucket",
    "gcp:storage/bucket:Bucket",
    "cloudflare:index/r2Bucket:R2Bucket",
  ],
  facts: () => ({}),
  check: ({ options }) =>
    when(!options.protect, { found: "protect is not set", limit: "true", cure: "Set the options `protect: true` and `retainOnDelete: true`." }),
});

type BackupProps = Partial<Unwrap<core.VolumeBackupPolicyArgs>>;
const policy = "oci:Core/volumeBackupPolicy:VolumeBackupPolicy";
const assignment = "oci:Core/volumeBackupPolicyAssignment:VolumeBackupPolicyAssignment";
const periodSeconds: Record<string, number> = { ONE_HOUR: 3_600, ONE_DAY: 86_400, ONE_WEEK: 604_800, ONE_MONTH: 2_592_000, ONE_YEAR: 31_536_000 };

export const volumeBackups = stackPolicy({
  name: "volume-backups",
  description: "Checks whether the volume backups that are kept stay inside the Always Free allowance.",
  rule: "The volume backups that are kept together must stay inside the Always Free allowance.",
  types: ["oci:Core/volumeBackup:VolumeBackup", "oci:Core/bootVolumeBackup:BootVolumeBackup", policy, assignment],
  facts: ({ schedules }: BackupProps) => ({ schedules: (schedules ?? []).map(({ period, retentionSeconds }) => ({ period, retentionSeconds })) }),
  check: (resources) => {
    const assigned = resources.filter(({ type }) => type === assignment).length;
    const single = resources.filter(({ type }) => type !== assignment && type !== policy).length;
    const schedules = resources.flatMap(({ facts }) => facts.schedules);
    const copies = schedules.reduce((sum, { period, retentionSeconds }) => sum + Math.ceil(retentionSeconds / (periodSeconds[period] ?? 1)), 0);
    const kept = single + copies * Math.max(1, assigned);
    const cure = "Keep them for a shorter time, make them less often, or of fewer volumes.";
    return when(kept > limits.oracle.volumeBackups.value, {
      found: `${kept} backups: ${single} made once, ${copies} kept by schedules of ${assigned} volumes`,
      limit: quote(limits.oracle.volumeBackups),
      cure,
    });
  },
});

export const objectStoragePrivate = resourcePolicy({
  name: "object-storage-private",
  description: "Checks whether a bucket of OCI Object Storage can be read by everybody.",
  rule: "A bucket of OCI Object Storage must not be public.",
  types: ["oci:ObjectStorage/bucket:Bucket"],
  facts: ({ accessType }: Unwrap<objectstorage.BucketArgs>) => ({ accessType }),
  check: ({ facts: { accessType = "NoPublicAccess" } }) =>
    when(accessType !== "NoPublicAccess", { found: `accessType = ${accessType}`, limit: "NoPublicAccess", cure: 'Set `accessType: "NoPublicAccess"`.' }),
});

export const objectStorageVersions = resourcePolicy({
  name: "object-storage-versions",
  description: "Checks whether a bucket of OCI Object Storage keeps what was overwritten or deleted.",
  rule: "A bucket of OCI Object Storage must keep no versions: they count as stored, and above 20 GB costs money.",
  types: ["oci:ObjectStorage/bucket:Bucket"],
  facts: ({ versioning }: Unwrap<objectstorage.BucketArgs>) => ({ versioning }),
  check: ({ facts: { versioning = "Disabled" } }) =>
    when(versioning !== "Disabled", {
      found: `versioning = ${versioning}`,
      limit: quote(limits.oracle.objectStorageGb),
      cure: "Remove `versioning`; the snapshots are the versions.",
    }),
});
