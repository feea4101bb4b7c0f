import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";

export interface NamesArgs {
  zoneId: string;
  /** The home's domain. */
  domain: string;
  address: pulumi.Input<string>;
}

/** One record for every name of the home, tenants' included: a zone of the free plan holds 200. */
export class Names extends pulumi.ComponentResource {
  constructor(name: string, { zoneId, domain, address }: NamesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:cloudflare:Names", name, {}, opts);
    new cloudflare.DnsRecord(
      `${name}-wildcard`,
      // Not proxied: the home holds its own certificates, and its streams may last for hours.
      { zoneId, name: `*.${domain}`, type: "A", content: address, ttl: 60, proxied: false },
      // Two records of one name would stand in each other's way.
      { parent: this, deleteBeforeReplace: true },
    );
    this.registerOutputs({});
  }
}
