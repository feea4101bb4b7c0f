import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";

export interface OracleNetworkArgs {
  compartmentId: pulumi.Input<string>;
  /** Where SSH may come from. Shape: CIDR blocks; never the whole Internet. */
  adminCidrs: readonly string[];
}

const everywhere = ["0.0.0.0/0", "::/0"] as const;
const tcp = "6";
const udp = "17";
const icmp = "1";
const icmpV6 = "58";

/** The VM's network: one VCN, its way out, and a security list that lets in the web for all and SSH for the owner. */
export class OracleNetwork extends pulumi.ComponentResource {
  readonly subnetId: pulumi.Output<string>;

  constructor(name: string, { compartmentId, adminCidrs }: OracleNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:oracle:Network", name, {}, opts);
    const parent = { parent: this };
    const vcn = new oci.core.Vcn(`${name}-vcn`, { compartmentId, cidrBlocks: ["10.42.0.0/16"], isIpv6enabled: true, dnsLabel: "freehold" }, parent);
    const gateway = new oci.core.InternetGateway(`${name}-gateway`, { compartmentId, vcnId: vcn.id, enabled: true }, parent);
    const routeRules = everywhere.map((destination) => ({ destination, destinationType: "CIDR_BLOCK", networkEntityId: gateway.id }));
    new oci.core.DefaultRouteTable(`${name}-routes`, { manageDefaultResourceId: vcn.defaultRouteTableId, routeRules }, parent);
    new oci.core.DefaultSecurityList(
      `${name}-security`,
      {
        manageDefaultResourceId: vcn.defaultSecurityListId,
        egressSecurityRules: everywhere.map((destination) => ({ protocol: "all", destination, destinationType: "CIDR_BLOCK" })),
        ingressSecurityRules: ingress(adminCidrs),
      },
      parent,
    );
    // A VCN is given a /56 of IPv6 addresses, a subnet takes a /64 of it.
    const ipv6cidrBlocks = vcn.ipv6cidrBlocks.apply(([block]) => (block === undefined ? [] : [block.replace(/\/56$/, "/64")]));
    const subnet = new oci.core.Subnet(`${name}-subnet`, { compartmentId, vcnId: vcn.id, cidrBlock: "10.42.0.0/24", ipv6cidrBlocks }, parent);
    this.subnetId = subnet.id;
    this.registerOutputs({ subnetId: this.subnetId });
  }
}

function ingress(adminCidrs: readonly string[]) {
  const open = (source: string, protocol: typeof tcp | typeof udp, port: number) => {
    const range = { min: port, max: port };
    return { protocol, source, sourceType: "CIDR_BLOCK", ...(protocol === tcp ? { tcpOptions: range } : { udpOptions: range }) };
  };
  return [
    ...everywhere.flatMap((source) => [open(source, tcp, 80), open(source, tcp, 443), open(source, udp, 443)]),
    ...adminCidrs.map((source) => open(source, tcp, 22)),
    // The VCN's frames are 9,000 bytes: without these two messages large TLS answers hang.
    { protocol: icmp, source: everywhere[0], icmpOptions: { type: 3, code: 4 } },
    { protocol: icmpV6, source: everywhere[1], icmpOptions: { type: 2, code: 0 } },
  ];
}
