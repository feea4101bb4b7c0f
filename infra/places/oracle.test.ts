import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { parseSettings } from "../settings.ts";
import { capture, cloudConfiguration, type Captured } from "../testing/captured.ts";

// The clouds' SDKs take their time to load on a busy machine.
jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), "freehold-test-oracle-"));
afterAll(() => rmSync(folder, { recursive: true }));

const answers = {
  outputs: {
    ipAddress: "203.0.113.9",
    ipv6cidrBlocks: ["2001:db8::/56"],
    stdout: "28.2.2",
    privateKey: Buffer.from('{"type":"service_account"}').toString("base64"),
  },
  calls: {
    vnicAttachments: [{ vnicId: "vnic" }],
    privateIps: [{ id: "private-ip" }],
    namespace: "ns",
    regionSubscriptions: [{ isHomeRegion: true, regionName: "eu-zurich-1" }],
  },
};

async function build(preview: boolean, configuration = cloudConfiguration()): Promise<Captured[]> {
  const { placeOf } = await import("./index.ts");
  const args = { prefix: "freehold-prod", key: "k".repeat(43), sshFolder: folder };
  return capture(
    async () => {
      const { outputs } = placeOf(args, parseSettings("prod", configuration));
      if (!preview) await new Promise((resolve) => pulumi.output(outputs).apply(resolve));
    },
    { preview, ...answers },
  );
}

const all = (seen: Captured[], type: string) => seen.filter((resource) => resource.type === type);
const one = (seen: Captured[], type: string): Captured => {
  const found = all(seen, type);
  expect(found).toHaveLength(1);
  return found[0] as Captured;
};
/** Pulumi marks what holds a secret by wrapping it. */
const unwrapped = <T>(held: T): T => (held as { value?: T } | undefined)?.value ?? held;

describe.each([true, false])("the free Oracle VM (preview: %s)", (preview) => {
  let seen: Captured[];
  beforeAll(async () => void (seen = await build(preview)), 120_000);

  test("has the free size, a pinned image and no legacy metadata", () => {
    expect(one(seen, "oci:Core/instance:Instance").inputs).toMatchObject({
      shape: "VM.Standard.A1.Flex",
      shapeConfig: { ocpus: 2, memoryInGbs: 12 },
      state: "RUNNING",
      sourceDetails: { sourceId: "ocid1.image.oc1.eu-zurich-1.aaaa", bootVolumeSizeInGbs: "50", bootVolumeVpusPerGb: "10" },
      instanceOptions: { areLegacyImdsEndpointsDisabled: true },
      createVnicDetails: { assignPublicIp: "false", assignIpv6ip: true },
    });
  });

  test("is deleted before it is replaced, and never replaced for an image, user data or a domain", () => {
    expect(one(seen, "oci:Core/instance:Instance")).toMatchObject({
      deleteBeforeReplace: true,
      ignoreChanges: ["sourceDetails", "metadata", "availabilityDomain", "faultDomain"],
    });
  });

  test("is outlived by its data volume, its address and its buckets", () => {
    for (const type of ["oci:Core/volume:Volume", "oci:Core/publicIp:PublicIp", "oci:ObjectStorage/bucket:Bucket", "gcp:storage/bucket:Bucket"])
      expect(one(seen, type)).toMatchObject({ protect: true, retainOnDelete: true });
    expect(one(seen, "oci:Core/volume:Volume").inputs).toMatchObject({ sizeInGbs: "100", vpusPerGb: "10" });
  });

  test("lets in the web for all, SSH for the owner, and the messages about packet sizes", () => {
    const rules = one(seen, "oci:Core/defaultSecurityList:DefaultSecurityList").inputs["ingressSecurityRules"] as Record<
      string,
      { min: number; type: number; code: number }
    >[];
    const told = rules.map(({ protocol, source, tcpOptions, udpOptions, icmpOptions }) =>
      [protocol, source, tcpOptions?.min ?? udpOptions?.min ?? `${icmpOptions?.type}/${icmpOptions?.code}`].join(" "),
    );
    expect(told).toEqual([
      ...["0.0.0.0/0", "::/0"].flatMap((source) => [`6 ${source} 80`, `6 ${source} 443`, `17 ${source} 443`]),
      "6 198.51.100.7/32 22",
      "1 0.0.0.0/0 3/4",
      "58 ::/0 2/0",
    ]);
  });

  test("stands behind a wall of quotas, a budget that writes at the first cent, and alarms", () => {
    const { statements } = one(seen, "oci:Limits/quota:Quota").inputs as { statements: string[] };
    expect(statements).toContain("zero compute-core quotas in compartment freehold");
    // With one of a pair alone every launch is refused.
    for (const name of [
      "standard-a1-core-count to 2",
      "standard-a1-core-regional-count to 2",
      "standard-a1-memory-count to 12",
      "standard-a1-memory-regional-count to 12",
    ])
      expect(statements.filter((line) => line.includes(name))).toHaveLength(1);
    expect(all(seen, "oci:Budget/rule:Rule").map(({ inputs }) => [inputs["type"], inputs["threshold"]])).toEqual([
      ["ACTUAL", 0.01],
      ["FORECAST", 0.5],
    ]);
    expect(all(seen, "oci:Monitoring/alarm:Alarm")).toHaveLength(2);
  });

  test("has one record for all its names", () => {
    expect(one(seen, "cloudflare:index/dnsRecord:DnsRecord").inputs).toMatchObject({ name: "*.home.example.org", type: "A", proxied: false });
  });

  test("sends backups to a bucket where the machine's key can't delete them", () => {
    expect(one(seen, "gcp:storage/bucket:Bucket").inputs).toMatchObject({
      name: "my-home-123456-freehold-prod",
      location: "US-CENTRAL1",
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      softDeletePolicy: { retentionDurationSeconds: 0 },
    });
    const grants = all(seen, "gcp:storage/bucketIAMMember:BucketIAMMember").map(({ name, inputs }) => [
      name,
      inputs["role"],
      (inputs["condition"] as { expression?: string })?.expression,
    ]);
    expect(grants.toSorted(([left], [right]) => String(left).localeCompare(String(right)))).toEqual([
      ["offsite-keeper-keeps", "roles/storage.objectUser", undefined],
      ["offsite-writer-adds", "roles/storage.objectCreator", undefined],
      ["offsite-writer-reads", "roles/storage.objectViewer", undefined],
      ["offsite-writer-unlocks", "roles/storage.objectUser", 'resource.name.startsWith("projects/_/buckets/my-home-123456-freehold-prod/objects/home/locks/")'],
    ]);
  });
});

describe("once the machine is there", () => {
  test("its user data hold its host key, and both are secrets; `ssh` here expects that key and no other", async () => {
    const seen = await build(false);
    const { metadata } = one(seen, "oci:Core/instance:Instance").inputs as { metadata: { value: Record<string, string> } };
    const userData = Buffer.from(unwrapped((unwrapped(metadata) as unknown as Record<string, string>)["user_data"] ?? ""), "base64").toString();
    expect(userData).toMatch(/^#cloud-config\n/);
    const connection = unwrapped(one(seen, "command:remote:Command").inputs["connection"]) as { hostKey: string; privateKey: unknown };
    const { hostKey, privateKey } = connection;
    expect(userData).toContain(hostKey);
    expect(JSON.stringify(metadata)).toContain("1b47061264138c4ac30d75fd1eb44270");
    expect(readFileSync(join(folder, "freehold-prod/key"), "utf8")).toBe(unwrapped(privateKey));
    expect(readFileSync(join(folder, "freehold-prod/known_hosts"), "utf8")).toBe(`freehold-prod ${hostKey}\n`);
    expect(readFileSync(join(folder, "freehold-prod/config"), "utf8")).toContain("HostName 203.0.113.9\n");
  });

  test("Docker is reached by a name that stays when the address changes", async () => {
    const seen = await build(false);
    expect(one(seen, "pulumi:providers:docker").inputs["host"]).toBe("ssh://ubuntu@freehold-prod");
  });
});

test("a home that was taken down keeps its volume, address, name and buckets, and has no machine", async () => {
  const seen = await build(false, cloudConfiguration({ running: false }));
  expect(all(seen, "oci:Core/instance:Instance")).toEqual([]);
  expect(all(seen, "pulumi:providers:docker")).toEqual([]);
  expect(one(seen, "oci:Core/publicIp:PublicIp").inputs).not.toHaveProperty("privateIpId");
  for (const type of ["oci:Core/volume:Volume", "oci:ObjectStorage/bucket:Bucket", "gcp:storage/bucket:Bucket", "cloudflare:index/dnsRecord:DnsRecord"])
    one(seen, type);
});

test("with R2's account the backups off-site go to R2, and Google is not asked", async () => {
  const configuration = {
    ...cloudConfiguration(),
    "freehold:cloudflare": JSON.stringify({ zoneId: "0".repeat(32), r2AccountId: "1".repeat(32), r2AccessKeyId: "2".repeat(32) }),
    "freehold:r2SecretAccessKey": "secret-of-the-key-of-r2",
  };
  const seen = await build(false, configuration);
  expect(one(seen, "cloudflare:index/r2Bucket:R2Bucket")).toMatchObject({ protect: true, inputs: { name: "freehold-backups" } });
  expect(seen.filter(({ type }) => type.startsWith("gcp:"))).toEqual([]);
});

test("a region that is not the account's home region is refused with the command that mends it", async () => {
  const { mustBeHome } = await import("./oracle.ts");
  const regions = [
    { isHomeRegion: false, regionName: "eu-zurich-1" },
    { isHomeRegion: true, regionName: "us-ashburn-1" },
  ];
  expect(() => mustBeHome(regions, "eu-zurich-1")).toThrow("freehold:oracle.homeRegion us-ashburn-1");
  expect(() => mustBeHome(regions, "us-ashburn-1")).not.toThrow();
});
