import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";

/** R2's bucket, for backups off-site. Its key is made by hand, for this bucket alone. */
export class R2Bucket extends pulumi.ComponentResource {
  readonly bucket: string;
  readonly endpoint: string;

  constructor(name: string, { accountId, bucket }: { accountId: string; bucket: string }, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:cloudflare:R2Bucket", name, {}, opts);
    new cloudflare.R2Bucket(`${name}-bucket`, { accountId, name: bucket, storageClass: "Standard" }, { parent: this, protect: true, retainOnDelete: true });
    this.bucket = bucket;
    this.endpoint = `https://${accountId}.r2.cloudflarestorage.com`;
    this.registerOutputs({ bucket });
  }
}
