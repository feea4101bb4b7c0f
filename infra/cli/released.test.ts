import { expect, test } from "@jest/globals";
import { isReleased, lossesInClouds, released, type Exported } from "./released.ts";

const volume: Exported = {
  urn: "u::volume",
  type: "oci:Core/volume:Volume",
  protect: true,
  retainOnDelete: true,
  inputs: { displayName: "freehold-prod-data", sizeInGbs: "100" },
};
const bucket: Exported = {
  urn: "u::bucket",
  type: "gcp:storage/bucket:Bucket",
  protect: true,
  inputs: { name: "b" },
  outputs: { name: "b", forceDestroy: false },
};
const engine: Exported = { urn: "u::engine", type: "pulumi:providers:docker" };
const container: Exported = { urn: "u::container", type: "docker:index/container:Container", dependencies: ["u::volume"] };
const record: Exported = {
  urn: "u::record",
  type: "cloudflare:index/dnsRecord:DnsRecord",
  dependencies: ["u::container", "u::volume"],
  propertyDependencies: { content: ["u::container"], name: null },
  inputs: { name: "*.home.example.org", type: "A" },
};
const stack = { version: 3, deployment: { manifest: {}, resources: [volume, bucket, engine, container, record] } };

test("a home in the clouds is released: nothing is protected or kept, Google's bucket may be deleted full, and what stands on the machine goes with it", () => {
  const { deployment, version } = released(stack, "oracle");
  expect(version).toBe(3);
  expect(deployment?.["manifest"]).toEqual({});
  expect(deployment?.resources?.map(({ urn }) => urn)).toEqual(["u::volume", "u::bucket", "u::record"]);
  expect(isReleased(stack.deployment.resources)).toBe(false);
  expect(isReleased(deployment?.resources ?? [])).toBe(true);
  expect(deployment?.resources?.[1]).toMatchObject({ inputs: { forceDestroy: true }, outputs: { forceDestroy: true } });
  expect(deployment?.resources?.[2]).toMatchObject({ dependencies: ["u::volume"], propertyDependencies: { content: [], name: [] } });
});

test("a home on this machine keeps its containers in the state: Docker is asked to remove them", () => {
  expect(released(stack, "local").deployment?.resources).toHaveLength(5);
});

test("what is lost is named, with its size", () => {
  expect(lossesInClouds([volume, bucket, container, record])).toEqual([
    "the data volume freehold-prod-data (100 GB): databases, jobs' files, tenants' homes",
    "the bucket b at Google, with every daily snapshot",
    "the name *.home.example.org (A)",
  ]);
});
