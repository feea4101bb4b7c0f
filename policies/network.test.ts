import { expect, test } from "@jest/globals";
import {
  goodContainer,
  goodEdge,
  goodGroupRule,
  goodLoadBalancer,
  goodNetwork,
  goodRecord,
  goodSecurityList,
  goodVcn,
  judge,
  unknownMarker,
  type Resource,
} from "./fixtures.ts";
import { dnsRecordCount } from "./names.ts";
import { containerPublishedPorts, firewallOpenPorts, firewallPathMtu, loadBalancerBandwidth, loadBalancerCount, networkDriver, vcnCount } from "./network.ts";

const port = (ip: string | undefined, external: number | undefined = 443) => ({ ports: [{ internal: 8443, external, ...(ip === undefined ? {} : { ip }) }] });
const many = (count: number, make: (index: number) => Resource) => Array.from({ length: count }, (_, index) => make(index));

test.each([
  ["the edge on every address", goodEdge(port("0.0.0.0")), "local", "0.0.0.0:443 → 8443"],
  ["the edge without an address, which means all", goodEdge(port(undefined)), "local", "0.0.0.0:443 → 8443"],
  ["the edge on every IPv6 address", goodEdge(port("::")), "local", "::"],
  ["the edge on an address of the network", goodEdge(port("192.168.1.2")), "local", "192.168.1.2:443"],
  ["the edge on an address that the preview does not know", goodEdge(port(unknownMarker)), "local", "ports.0.ip: not known"],
  ["the edge on a server, on a port of its own", goodEdge(port("0.0.0.0", 8080)), "oracle", "0.0.0.0:8080"],
  ["the edge on a server, on any port", goodEdge({ ports: [{ internal: 80 }] }), "oracle", "0.0.0.0:any"],
  ["the edge with all its ports", goodEdge({ publishAllPorts: true }), "oracle", "publishAllPorts = true"],
  ["a database on loopback", goodContainer(port("127.0.0.1", 5432)), "local", "127.0.0.1:5432"],
  ["a service on a server's 443", goodContainer(port("0.0.0.0")), "oracle", "0.0.0.0:443"],
])("%s may not be reached (%#)", (_what, container, place, found) => {
  const messages = judge(containerPublishedPorts, [container], { place });
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain(found);
});

test("the edge may be reached on loopback at home, and on 80 and 443 on a server", () => {
  expect(judge(containerPublishedPorts, [goodEdge(port("127.0.0.1", 28443)), goodEdge(port("::1"))])).toEqual([]);
  expect(judge(containerPublishedPorts, [goodEdge(port("0.0.0.0")), goodEdge(port("::", 80))], { place: "oracle" })).toEqual([]);
});

test.each(["host", "macvlan", "ipvlan", unknownMarker])("a network with the driver %s is refused", (driver) => {
  expect(judge(networkDriver, [goodNetwork({ driver })])).toHaveLength(1);
});

const opened = (protocol: string, min: number | undefined, source: string, max = min) => ({
  protocol,
  source,
  ...(min === undefined ? {} : { [protocol === "17" ? "udpOptions" : "tcpOptions"]: { min, max } }),
});

test.each([
  ["ssh", opened("6", 22, "0.0.0.0/0"), "tcp 22 from 0.0.0.0/0"],
  ["ssh by IPv6", opened("6", 22, "::/0"), "tcp 22 from ::/0"],
  ["ssh from half of the Internet", opened("6", 22, "128.0.0.0/1"), "tcp 22 from 128.0.0.0/1"],
  ["Docker", opened("6", 2375, "0.0.0.0/0"), "tcp 2375"],
  ["Postgres", opened("6", 5432, "0.0.0.0/0"), "tcp 5432"],
  ["Redis", opened("6", 6379, "0.0.0.0/0"), "tcp 6379"],
  ["a range that holds more than the edge's ports", opened("6", 80, "0.0.0.0/0", 443), "tcp 80-443"],
  ["all of TCP", opened("6", undefined, "0.0.0.0/0"), "tcp, all ports"],
  ["everything", { protocol: "all", source: "0.0.0.0/0" }, "protocol all, all ports"],
  ["UDP on 80", opened("17", 80, "0.0.0.0/0"), "udp 80"],
  ["a source that the preview does not know", opened("6", 22, unknownMarker), "ingress.0.source: not known"],
])("a firewall that lets the Internet in to %s is refused", (_what, rule, found) => {
  const [message] = judge(firewallOpenPorts, [goodSecurityList({ ingressSecurityRules: [rule] })]);
  expect(message).toContain(found);
});

test("a rule of a security group is judged like one of a list", () => {
  const ssh = { tcpOptions: { destinationPortRange: { min: 22, max: 22 } } };
  expect(judge(firewallOpenPorts, [goodGroupRule(), goodGroupRule({ ...ssh, direction: "EGRESS" })])).toEqual([]);
  expect(judge(firewallOpenPorts, [goodGroupRule(ssh)])).toHaveLength(1);
});

test("ssh from the owner's addresses is accepted, a whole provider's too", () => {
  const ingressSecurityRules = ["203.0.113.7/32", "10.0.0.0/8", "2001:db8::/32"].map((source) => opened("6", 22, source));
  expect(judge(firewallOpenPorts, [goodSecurityList({ ingressSecurityRules })])).toEqual([]);
});

test.each([
  ["ICMP type 3 code 4", { type: 8 }, "no rule for ICMP type 3 code 4"],
  ["code 4 of ICMP type 3", { type: 3, code: 1 }, "no rule for ICMP type 3 code 4"],
])("a security list that opens 443 without %s is refused", (_what, icmpOptions, found) => {
  const rules = [opened("6", 443, "0.0.0.0/0"), { protocol: "1", source: "0.0.0.0/0", icmpOptions }, { protocol: "58", source: "::/0" }];
  expect(judge(firewallPathMtu, [goodSecurityList({ ingressSecurityRules: rules })])).toEqual([expect.stringContaining(found)]);
});

test("a third VCN is one too many", () => {
  expect(
    judge(
      vcnCount,
      many(2, () => goodVcn()),
    ),
  ).toEqual([]);
  expect(
    judge(
      vcnCount,
      many(3, () => goodVcn()),
    ),
  ).toEqual([expect.stringContaining("limit: 2 VCNs (Oracle docs, Always Free Resources, 2026-09-04)")]);
});

test("a second load balancer of a kind is one too many", () => {
  const network = { ...goodLoadBalancer(), type: "oci:NetworkLoadBalancer/networkLoadBalancer:NetworkLoadBalancer" };
  expect(judge(loadBalancerCount, [goodLoadBalancer(), network])).toEqual([]);
  expect(judge(loadBalancerCount, [goodLoadBalancer(), goodLoadBalancer(), network, network])).toHaveLength(2);
});

test.each([
  ["of a fixed shape", { shape: "100Mbps" }],
  ["faster than the free one", { shapeDetails: { minimumBandwidthInMbps: 10, maximumBandwidthInMbps: 100 } }],
  ["of any speed", { shapeDetails: undefined }],
])("a load balancer %s is refused", (_what, change) => {
  expect(judge(loadBalancerBandwidth, [goodLoadBalancer(change)])).toHaveLength(1);
});

test("the 201st record of a zone is one too many, whatever other zones hold", () => {
  const records = many(200, (index) => goodRecord({ name: `user${index}` }));
  const others = many(200, () => goodRecord({ zoneId: "other" }));
  expect(judge(dnsRecordCount, [...records, ...others])).toEqual([]);
  expect(judge(dnsRecordCount, [...records, goodRecord()])).toEqual([expect.stringContaining("201 records in zone zone")]);
});
