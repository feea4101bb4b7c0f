import { expect, test } from "@jest/globals";
import { judge } from "./fixtures.ts";
import { freeTypes } from "./free-types.ts";

const ofType = (type: string) => ({ type, name: "thing", props: {} });

test.each([
  "oci:Core/natGateway:NatGateway",
  "oci:Core/instancePool:InstancePool",
  "oci:Dns/zone:Zone",
  "oci:Database/autonomousDatabase:AutonomousDatabase",
  "gcp:compute/instance:Instance",
  "gcp:storage/transferJob:TransferJob",
  "cloudflare:index/loadBalancer:LoadBalancer",
  "aws:ec2/instance:Instance",
  "docker:index/service:Service",
  "docker:index/plugin:Plugin",
  "constructor:index/thing:Thing",
])("a resource of type %s is refused, since nothing counts it", (type) => {
  expect(judge(freeTypes, [ofType(type)])).toEqual([expect.stringContaining(`found: type ${type}`)]);
});

test.each([
  "pulumi:pulumi:Stack",
  "pulumi:providers:oci",
  "freehold:home:Service",
  "command:local:Command",
  "docker:index/container:Container",
  "oci:Core/instance:Instance",
  "oci:Limits/quota:Quota",
  "gcp:storage/bucket:Bucket",
  "cloudflare:index/dnsRecord:DnsRecord",
])("a resource of type %s is accepted", (type) => {
  expect(judge(freeTypes, [ofType(type)])).toEqual([]);
});
