import type { NetworkArgs } from "@pulumi/docker";
import type { loadbalancer } from "@pulumi/oci";
import type { Unwrap } from "@pulumi/pulumi";
import { containerType, isEdge, type ContainerProps } from "./container-facts.ts";
import { coversMuchOfTheInternet, ingressOf, type Ingress, type SecurityProps } from "./ingress.ts";
import { limits, places, quote, type PlaceName } from "./limits.ts";
import { choice, resourcePolicy, stackPolicy } from "./policy.ts";
import { when } from "./violation.ts";

export const containerPublishedPorts = resourcePolicy({
  name: "container-published-ports",
  description: "Checks whether a container can be reached from outside the home.",
  rule: "Only the edge may publish ports: on this machine's loopback address at home, 80 and 443 on a server.",
  types: [containerType],
  settings: { place: choice("local", places, "Where the home stands.") },
  facts: ({ name, ports, publishAllPorts }: ContainerProps, resource) => ({ name: name ?? resource.name, publishAllPorts, ports: ports ?? [] }),
  check: ({ facts: { name, ports, publishAllPorts } }, { place }) => {
    const open = ports.filter(({ ip, external }) => !isLoopback(ip) && !(place === "oracle" && isPublicPort(external)));
    const wrong = isEdge(name) ? open : ports;
    const limit = publishable(name, place);
    const cure = isEdge(name) ? 'Set `ip: "127.0.0.1"`.' : "Remove `ports`, and let the edge lead to it by its name in a network.";
    return [
      ...wrong.map(({ ip, external, internal }) => ({ found: `${ip ?? "0.0.0.0"}:${external ?? "any"} → ${internal}`, limit, cure })),
      ...when(publishAllPorts === true, { found: "publishAllPorts = true", limit, cure: "Remove `publishAllPorts`." }),
    ];
  },
});

function publishable(name: string, place: PlaceName): string {
  if (!isEdge(name)) return "no port: only the container whose name ends in -edge";
  return place === "oracle" ? `127.0.0.1, or ${quote(limits.home.publicPorts)}` : "127.0.0.1";
}

const isLoopback = (ip: string | undefined) => ip !== undefined && (/^127\.\d+\.\d+\.\d+$/.test(ip) || ip === "::1");
const isPublicPort = (port: number | undefined) => (limits.home.publicPorts.value as readonly (number | undefined)[]).includes(port);

export const networkDriver = resourcePolicy({
  name: "network-driver",
  description: "Checks whether a Docker network is a bridge of its own.",
  rule: "A network must be a bridge: other drivers put containers on the host's own network.",
  types: ["docker:index/network:Network"],
  facts: ({ driver }: Unwrap<NetworkArgs>) => ({ driver }),
  check: ({ facts: { driver = "bridge" } }) => when(driver !== "bridge", { found: `driver = ${driver}`, limit: "bridge", cure: 'Set `driver: "bridge"`.' }),
});

const firewallTypes = [
  "oci:Core/securityList:SecurityList",
  "oci:Core/defaultSecurityList:DefaultSecurityList",
  "oci:Core/networkSecurityGroupSecurityRule:NetworkSecurityGroupSecurityRule",
];

export const firewallOpenPorts = resourcePolicy({
  name: "firewall-open-ports",
  description: "Checks whether the Internet is let in to anything but the edge.",
  rule: "The Internet may be let in to 80 and 443 only; ssh, Docker and the databases are for the owner's addresses.",
  types: firewallTypes,
  facts: (props: SecurityProps) => ({ ingress: ingressOf(props) }),
  check: ({ facts: { ingress } }) =>
    ingress
      .filter((rule) => coversMuchOfTheInternet(rule.source) && !isPublicService(rule))
      .map((rule) => ({
        found: `${describe(rule)} from ${rule.source}`,
        limit: `${quote(limits.home.publicPorts)} (443 also by UDP), and ICMP`,
        cure: "Name the owner's addresses as the source, such as 203.0.113.7/32, or remove the rule.",
      })),
});

const protocols = { icmp: "1", tcp: "6", udp: "17", icmpv6: "58" } as const;

function isPublicService({ protocol, min, max }: Ingress): boolean {
  if (protocol === protocols.icmp || protocol === protocols.icmpv6) return true;
  if (min === undefined || min !== max) return false;
  return protocol === protocols.tcp ? limits.home.publicPorts.value.some((port) => port === min) : protocol === protocols.udp && min === 443;
}

function describe({ protocol, min, max }: Ingress): string {
  const name = Object.entries(protocols).find(([, number]) => number === protocol)?.[0] ?? `protocol ${protocol}`;
  return min === undefined ? `${name}, all ports` : min === max ? `${name} ${min}` : `${name} ${min}-${max}`;
}

export const firewallPathMtu = resourcePolicy({
  name: "firewall-path-mtu",
  description: "Checks whether a security list lets in the messages by which the other side learns the packet size.",
  rule: "A list that opens 443 must let in ICMP type 3 code 4 and ICMPv6 type 2, or large answers hang: the network's MTU is 9000.",
  types: firewallTypes.slice(0, 2),
  facts: (props: SecurityProps) => ({ ingress: ingressOf(props) }),
  check: ({ facts: { ingress } }) => {
    if (!ingress.some(({ min, max }) => min !== undefined && max !== undefined && min <= 443 && max >= 443)) return [];
    const letsIn = (protocol: string, type: number, code?: number) =>
      ingress.some((rule) => rule.protocol === protocol && (rule.icmpType ?? type) === type && (code === undefined || (rule.icmpCode ?? code) === code));
    return [
      ...when(!letsIn(protocols.icmp, 3, 4), {
        found: "no rule for ICMP type 3 code 4",
        limit: "ICMP 3/4 from 0.0.0.0/0",
        cure: 'Add `{ protocol: "1", source: "0.0.0.0/0", icmpOptions: { type: 3, code: 4 } }`.',
      }),
      ...when(!letsIn(protocols.icmpv6, 2), {
        found: "no rule for ICMPv6 type 2",
        limit: "ICMPv6 2 from ::/0",
        cure: 'Add `{ protocol: "58", source: "::/0", icmpOptions: { type: 2, code: 0 } }`.',
      }),
    ];
  },
});

export const vcnCount = stackPolicy({
  name: "vcn-count",
  description: "Checks whether the stack's VCNs stay inside the Always Free allowance.",
  rule: "The VCNs together must stay inside the Always Free allowance.",
  types: ["oci:Core/vcn:Vcn"],
  facts: () => ({}),
  check: (vcns) =>
    when(vcns.length > limits.oracle.vcns.value, {
      found: `${vcns.length} VCNs: ${vcns.map(({ name }) => name).join(", ")}`,
      limit: quote(limits.oracle.vcns),
      cure: "Use subnets of one VCN.",
    }),
});

const flexible = "oci:LoadBalancer/loadBalancer:LoadBalancer";

export const loadBalancerCount = stackPolicy({
  name: "load-balancer-count",
  description: "Checks whether the stack's load balancers stay inside the Always Free allowance.",
  rule: "The load balancers together must stay inside the Always Free allowance.",
  types: [flexible, "oci:NetworkLoadBalancer/networkLoadBalancer:NetworkLoadBalancer"],
  facts: () => ({}),
  check: (balancers) => {
    const ordinary = balancers.filter(({ type }) => type === flexible);
    const counted = [
      { kind: ordinary, limit: limits.oracle.loadBalancers },
      { kind: balancers.filter(({ type }) => type !== flexible), limit: limits.oracle.networkLoadBalancers },
    ];
    return counted
      .filter(({ kind, limit }) => kind.length > limit.value)
      .map(({ kind, limit }) => ({
        found: `${kind.length}: ${kind.map(({ name }) => name).join(", ")}`,
        limit: quote(limit),
        cure: "Remove what is too much; Caddy on the VM needs no load balancer.",
      }));
  },
});

export const loadBalancerBandwidth = resourcePolicy({
  name: "load-balancer-bandwidth",
  description: "Checks whether a load balancer has the free size.",
  rule: "A load balancer must be flexible and at most as fast as the Always Free one.",
  types: [flexible],
  facts: ({ shape, shapeDetails }: Unwrap<loadbalancer.LoadBalancerArgs>) => ({ shape, maximum: shapeDetails?.maximumBandwidthInMbps }),
  check: ({ facts: { shape, maximum } }) => {
    const limit = limits.oracle.loadBalancerMbps;
    return when(shape !== "flexible" || maximum === undefined || maximum > limit.value, {
      found: `shape = ${shape}, maximumBandwidthInMbps = ${maximum ?? "not set"}`,
      limit: `flexible, ${quote(limit)}`,
      cure: `Set \`shape: "flexible"\` and both bandwidths to ${limit.value}.`,
    });
  },
});
