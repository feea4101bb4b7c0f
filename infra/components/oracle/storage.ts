import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";

export interface OracleStorageArgs {
  /** Its names start with this. */
  prefix: string;
  tenancyId: string;
  compartmentId: string;
  region: string;
}

/**
 * The bucket beside the VM, for what is saved every hour, and the one user that may use it. That user can delete: the hourly
 * snapshots are thinned out by the home itself, while those off-site are out of its reach.
 */
export class OracleStorage extends pulumi.ComponentResource {
  readonly bucket: string;
  /** Of S3's protocol. */
  readonly endpoint: pulumi.Output<string>;
  readonly accessKeyId: pulumi.Output<string>;
  readonly secretAccessKey: pulumi.Output<string>;

  constructor(name: string, args: OracleStorageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:oracle:Storage", name, {}, opts);
    const { prefix, tenancyId, compartmentId, region } = args;
    const parent = { parent: this };
    this.bucket = `${prefix}-hourly`;
    const { namespace } = oci.objectstorage.getNamespaceOutput({ compartmentId: tenancyId }, parent);
    const bucket = new oci.objectstorage.Bucket(
      `${name}-bucket`,
      { compartmentId, namespace, name: this.bucket, accessType: "NoPublicAccess", storageTier: "Standard", versioning: "Disabled", autoTiering: "Disabled" },
      { ...parent, protect: true, retainOnDelete: true },
    );
    // Object Storage's own service needs leave to clear away what was never finished.
    const cleaning = new oci.identity.Policy(
      `${name}-cleaning`,
      {
        compartmentId,
        name: `${prefix}-storage-cleaning`,
        description: "Lets Object Storage abort uploads of the home's backups that were never finished",
        statements: [`Allow service objectstorage-${region} to manage object-family in compartment id ${compartmentId}`],
      },
      parent,
    );
    new oci.objectstorage.ObjectLifecyclePolicy(
      `${name}-lifecycle`,
      {
        namespace,
        bucket: bucket.name,
        rules: [{ name: "abort-unfinished", action: "ABORT", target: "multipart-uploads", timeAmount: "1", timeUnit: "DAYS", isEnabled: true }],
      },
      { ...parent, dependsOn: cleaning },
    );
    const secret = this.#user(name, args);
    this.accessKeyId = secret.id;
    this.secretAccessKey = pulumi.secret(secret.key);
    this.endpoint = pulumi.interpolate`https://${namespace}.compat.objectstorage.${region}.oraclecloud.com`;
    this.registerOutputs({ bucket: this.bucket });
  }

  /** A user that can do one thing, and its key. */
  #user(name: string, { prefix, tenancyId, compartmentId }: OracleStorageArgs): oci.identity.CustomerSecretKey {
    const parent = { parent: this };
    const own = { compartmentId: tenancyId, name: `${prefix}-backup` };
    const user = new oci.identity.User(`${name}-user`, { ...own, description: "Writes the home's hourly backups" }, parent);
    const group = new oci.identity.Group(`${name}-group`, { ...own, description: "Those who write the home's hourly backups" }, parent);
    const member = new oci.identity.UserGroupMembership(
      `${name}-member`,
      { compartmentId: tenancyId, userId: user.id, groupId: group.id },
      { ...parent, deleteBeforeReplace: true },
    );
    const inBucket = `in compartment id ${compartmentId} where target.bucket.name = '${this.bucket}'`;
    new oci.identity.Policy(
      `${name}-access`,
      {
        compartmentId,
        name: `${prefix}-backup`,
        description: "What the writer of the hourly backups may do",
        statements: [
          pulumi.interpolate`Allow group id ${group.id} to read buckets ${inBucket}`,
          pulumi.interpolate`Allow group id ${group.id} to manage objects ${inBucket}`,
        ],
      },
      parent,
    );
    return new oci.identity.CustomerSecretKey(`${name}-key`, { displayName: `${prefix}-backup`, userId: user.id }, { ...parent, dependsOn: member });
  }
}
