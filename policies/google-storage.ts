import type { storage } from "@pulumi/gcp";
import type { Unwrap } from "@pulumi/pulumi";
import { limits, quote } from "./limits.ts";
import { resourcePolicy } from "./policy.ts";
import { when } from "./violation.ts";

type BucketProps = Unwrap<storage.BucketArgs>;

const types = ["gcp:storage/bucket:Bucket"];

export const gcsLocation = resourcePolicy({
  name: "gcs-location",
  description: "Checks whether a Google bucket lies in a free region.",
  rule: "A Google bucket must lie in one of the free regions, not in a multi-region.",
  types,
  facts: ({ location }: BucketProps) => ({ location }),
  check: ({ facts: { location } }) =>
    when(!limits.google.regions.value.some((region) => region === location?.toUpperCase()), {
      found: `location = ${location ?? "not set"}`,
      limit: quote(limits.google.regions),
      cure: 'Set `location: "US-CENTRAL1"`.',
    }),
});

export const gcsUniformAccess = resourcePolicy({
  name: "gcs-uniform-access",
  description: "Checks whether a Google bucket's objects can have access lists of their own.",
  rule: "A Google bucket must have uniform access, so that no single object is shared by mistake.",
  types,
  remedy: ({ uniformBucketLevelAccess }) => (uniformBucketLevelAccess === undefined ? { uniformBucketLevelAccess: true } : {}),
  facts: ({ uniformBucketLevelAccess }: BucketProps) => ({ uniformBucketLevelAccess }),
  check: ({ facts }) =>
    when(facts.uniformBucketLevelAccess !== true, {
      found: `uniformBucketLevelAccess = ${facts.uniformBucketLevelAccess ?? "not set"}`,
      limit: "true",
      cure: "Set `uniformBucketLevelAccess: true`.",
    }),
});

export const gcsPublicAccess = resourcePolicy({
  name: "gcs-public-access",
  description: "Checks whether a Google bucket can be made public.",
  rule: "A Google bucket must prevent public access.",
  types,
  remedy: ({ publicAccessPrevention }) => (publicAccessPrevention === undefined ? { publicAccessPrevention: "enforced" } : {}),
  facts: ({ publicAccessPrevention }: BucketProps) => ({ publicAccessPrevention }),
  check: ({ facts }) =>
    when(facts.publicAccessPrevention !== "enforced", {
      found: `publicAccessPrevention = ${facts.publicAccessPrevention ?? "not set"}`,
      limit: "enforced",
      cure: 'Set `publicAccessPrevention: "enforced"`.',
    }),
});

export const gcsSoftDelete = resourcePolicy({
  name: "gcs-soft-delete",
  description: "Checks whether what is deleted from a Google bucket is still billed.",
  rule: "A Google bucket must not keep what was deleted: it counts as stored.",
  types,
  remedy: ({ softDeletePolicy }) => (softDeletePolicy === undefined ? { softDeletePolicy: { retentionDurationSeconds: 0 } } : {}),
  facts: ({ softDeletePolicy, versioning }: BucketProps) => ({ seconds: softDeletePolicy?.retentionDurationSeconds, versioned: versioning?.enabled }),
  check: ({ facts: { seconds, versioned } }) => [
    ...when(seconds !== 0, {
      found: `softDeletePolicy.retentionDurationSeconds = ${seconds ?? "not set, so 7 days"}`,
      limit: quote(limits.google.softDeleteSeconds),
      cure: "Set `softDeletePolicy: { retentionDurationSeconds: 0 }`.",
    }),
    ...when(versioned === true, { found: "versioning.enabled = true", limit: "false", cure: "Remove `versioning`; the snapshots are the versions." }),
  ],
});

export const gcsLifecycle = resourcePolicy({
  name: "gcs-lifecycle",
  description: "Checks whether a Google bucket clears away uploads that were never finished.",
  rule: "A Google bucket must abort unfinished multipart uploads, which count as stored.",
  types,
  facts: ({ lifecycleRules }: BucketProps) => ({ actions: (lifecycleRules ?? []).map(({ action }) => action.type) }),
  check: ({ facts: { actions } }) =>
    when(!actions.includes("AbortIncompleteMultipartUpload"), {
      found: `lifecycleRules: ${actions.join(", ") || "none"}`,
      limit: "AbortIncompleteMultipartUpload",
      cure: 'Add `{ action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 1 } }`.',
    }),
});

export const gcsForceDestroy = resourcePolicy({
  name: "gcs-force-destroy",
  description: "Checks whether deleting a Google bucket would delete the backups in it.",
  rule: "A Google bucket must not be deletable together with what is in it.",
  types,
  facts: ({ forceDestroy }: BucketProps) => ({ forceDestroy }),
  check: ({ facts: { forceDestroy } }) =>
    when(forceDestroy === true, {
      found: "forceDestroy = true",
      limit: "false or not set",
      cure: "Remove `forceDestroy`; empty the bucket by hand when you mean it.",
    }),
});

export const gcsStorageClass = resourcePolicy({
  name: "gcs-storage-class",
  description: "Checks whether a Google bucket has the class that is free.",
  rule: "A Google bucket must be of the class STANDARD: the others are not part of the free tier, and bill what is deleted early.",
  types,
  facts: ({ storageClass, autoclass }: BucketProps) => ({ storageClass, autoclass: autoclass?.enabled }),
  check: ({ facts: { storageClass = "STANDARD", autoclass } }) => [
    ...when(storageClass.toUpperCase() !== "STANDARD", { found: `storageClass = ${storageClass}`, limit: "STANDARD", cure: 'Set `storageClass: "STANDARD"`.' }),
    ...when(autoclass === true, { found: "autoclass.enabled = true", limit: "false", cure: "Remove `autoclass`." }),
  ],
});

const owning = /^roles\/(owner|editor|storage\.(admin|objectAdmin|legacyBucketOwner|legacyObjectOwner))$/;

export const gcsMemberRoles = resourcePolicy({
  name: "gcs-member-roles",
  description: "Checks whether an account may do more with backups than read, add and thin them out.",
  rule: "An account must not own a bucket or a project: who takes it over could open the bucket or give it away.",
  types: ["storage/bucketIAMMember:BucketIAMMember", "storage/bucketIAMBinding:BucketIAMBinding", "projects/iAMMember:IAMMember"].map((name) => `gcp:${name}`),
  facts: ({ role }: { role: string }) => ({ role }),
  check: ({ facts: { role } }) =>
    when(owning.test(role), {
      found: `role = ${role}`,
      limit: "objectViewer, objectCreator, objectUser",
      cure: 'Set `role: "roles/storage.objectCreator"` for who adds backups, objectUser for who thins them out.',
    }),
});

type SharingProps = { member?: string; members?: string[]; entity?: string; policyData?: string };

export const gcsNoPublicMembers = resourcePolicy({
  name: "gcs-no-public-members",
  description: "Checks whether a Google bucket is shared with everybody.",
  rule: "A Google bucket must not be shared with allUsers or allAuthenticatedUsers.",
  types: [
    "bucketIAMMember:BucketIAMMember",
    "bucketIAMBinding:BucketIAMBinding",
    "bucketIAMPolicy:BucketIAMPolicy",
    "bucketAccessControl:BucketAccessControl",
  ].map((name) => `gcp:storage/${name}`),
  // The member is often an account of the same stack, known only later; it is judged before it is created.
  facts: ({ member, members, entity, policyData }: SharingProps) => ({
    shared: [member, ...(members ?? []), entity, policyData].filter((text) => typeof text === "string"),
  }),
  check: ({ facts: { shared } }) =>
    shared
      .filter((text) => /\ball(Authenticated)?Users\b/.test(text))
      .map((text) => ({ found: text, limit: "named accounts", cure: "Name the one service account that needs it." })),
});
