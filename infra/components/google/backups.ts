import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";

export interface GoogleBackupsArgs {
  prefix: string;
  bucket: string;
  location: string;
}

/**
 * The bucket off-site, for one snapshot a day. Who takes over the VM can read and add backups, but not delete one: the key on
 * the VM is the writer's. The keeper's key, which restores and thins out, stays with the owner.
 */
export class GoogleBackups extends pulumi.ComponentResource {
  readonly bucket: string;
  /** Shape: JSON, as Google's client libraries read it. */
  readonly writerCredentials: pulumi.Output<string>;
  readonly keeperCredentials: pulumi.Output<string>;

  constructor(name: string, args: GoogleBackupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:google:Backups", name, {}, opts);
    const { prefix, bucket: bucketName, location } = args;
    this.bucket = bucketName;
    const bucket = new gcp.storage.Bucket(
      `${name}-bucket`,
      {
        name: bucketName,
        location,
        storageClass: "STANDARD",
        uniformBucketLevelAccess: true,
        publicAccessPrevention: "enforced",
        // Deleted bytes would be kept for 7 days, and billed.
        softDeletePolicy: { retentionDurationSeconds: 0 },
        // No rule by age: packs of old snapshots hold blocks of new ones.
        lifecycleRules: [{ action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 1 } }],
      },
      { parent: this, protect: true, retainOnDelete: true },
    );
    const account = (role: string, displayName: string) =>
      new gcp.serviceaccount.Account(`${name}-${role}`, { accountId: accountId(role, prefix), displayName }, { parent: this });
    const grant = (grantName: string, owner: gcp.serviceaccount.Account, role: string, prefixOfObjects?: string) =>
      new gcp.storage.BucketIAMMember(
        `${name}-${grantName}`,
        {
          bucket: bucket.name,
          role,
          member: pulumi.interpolate`serviceAccount:${owner.email}`,
          ...(prefixOfObjects === undefined ? {} : { condition: onlyObjects(bucketName, prefixOfObjects) }),
        },
        { parent: this },
      );
    const writer = account("writer", "Adds the home's daily backups; can't delete them");
    grant("writer-reads", writer, "roles/storage.objectViewer");
    grant("writer-adds", writer, "roles/storage.objectCreator");
    // restic marks a run by a lock, and has to take it away again.
    grant("writer-unlocks", writer, "roles/storage.objectUser", "home/locks/");
    const keeper = account("keeper", "Restores the home's backups and thins them out; its key stays with the owner");
    grant("keeper-keeps", keeper, "roles/storage.objectUser");
    this.writerCredentials = this.#key(`${name}-writer-key`, writer);
    this.keeperCredentials = this.#key(`${name}-keeper-key`, keeper);
    this.registerOutputs({ bucket: this.bucket });
  }

  #key(name: string, account: gcp.serviceaccount.Account): pulumi.Output<string> {
    const { privateKey } = new gcp.serviceaccount.Key(name, { serviceAccountId: account.name }, { parent: this });
    return pulumi.secret(privateKey).apply((encoded) => Buffer.from(encoded, "base64").toString("utf8"));
  }
}

/** Source: Google Cloud docs, Conditions on resource attributes: names of objects start with projects/_/buckets/<bucket>/objects/. */
function onlyObjects(bucket: string, prefix: string) {
  return { title: `only ${prefix}`, expression: `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${prefix}")` };
}

/** Google takes 6 to 30 characters; the role stands first, so that a long stack's name is what is cut. */
export const accountId = (role: string, prefix: string) => `${role}-${prefix}`.slice(0, 30).replace(/-+$/, "");
