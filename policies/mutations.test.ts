import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { packConfig } from "./config.ts";
import * as good from "./fixtures.ts";
import { policies } from "./index.ts";

/** The whole pack's refusals of a program, with the settings of a free home in the cloud. Shape: names of policies. */
function refusedBy(resources: readonly good.Resource[], facts = { place: "oracle" as const, homeRegion: good.homeRegion }): string[] {
  const config = packConfig(facts);
  return policies.filter((policy) => good.judge(policy, resources, config[policy.name] ?? {}).length > 0).map(({ name }) => name);
}

type Change = Record<string, unknown>;
type Mutation = readonly [what: string, policy: string, program: readonly good.Resource[]];

const { unknownMarker } = good;
const wall = [good.goodQuota(), good.goodBudget(), good.goodBudgetRule()];
const withWall = (...resources: good.Resource[]) => [...resources, ...wall];
const edge = (changes: Change = {}) => good.goodEdge({ ports: [{ internal: 443, external: 443, ip: "0.0.0.0", protocol: "tcp" }], ...changes });
const typed = (type: string, props: Change = {}): good.Resource => ({
  type,
  name: "thing",
  props,
  ...(type.startsWith("oci:") ? { provider: { region: good.homeRegion } } : {}),
});
const rule = (protocol: string, port: number, source: string) => ({
  protocol,
  source,
  [protocol === "17" ? "udpOptions" : "tcpOptions"]: { min: port, max: port },
});
const container = (what: string, policy: string, changes: Change): Mutation => [`a container ${what}`, policy, [good.goodContainer(changes)]];
const instance = (what: string, policy: string, changes: Change, options = {}): Mutation => [
  `a VM ${what}`,
  policy,
  withWall(good.goodInstance(changes, options)),
];
const bucket = (what: string, policy: string, changes: Change): Mutation => [`a Google bucket ${what}`, policy, [good.goodBucket(changes)]];
const ports = (what: string, ...rules: Change[]): Mutation => [
  `a firewall that lets ${what} in`,
  "firewall-open-ports",
  [good.goodSecurityList({ ingressSecurityRules: rules })],
];
const size = (ocpus: unknown, memoryInGbs: unknown) => ({ shapeConfig: { ocpus, memoryInGbs } });
const record = (name: string, zoneId = "zone") => ({ ...good.goodRecord({ name, zoneId }), name: `record ${name}` });

const mutations: readonly Mutation[] = [
  container("with all rights", "container-privileged", { privileged: true }),
  container("whose rights the preview does not know", "container-privileged", { privileged: unknownMarker }),
  container("that keeps its capabilities", "container-capabilities", { capabilities: undefined }),
  container("with a capability more", "container-capabilities", { capabilities: { drops: ["ALL"], adds: ["SYS_ADMIN"] } }),
  container("that may gain rights", "container-no-new-privileges", { securityOpts: [] }),
  container("without Docker's profile", "container-no-new-privileges", { securityOpts: ["no-new-privileges:true", "seccomp=unconfined"] }),
  container("on its host's network", "container-host-namespaces", { networkMode: "host" }),
  container("among its host's processes", "container-host-namespaces", { pidMode: "host" }),
  container("with a disk of its host", "container-devices", { devices: [{ hostPath: "/dev/sda" }] }),
  container("with the Docker socket", "container-docker-socket", { mounts: [{ type: "bind", source: "/var/run/docker.sock", target: "/s" }] }),
  container("with its host's files", "container-host-paths", { volumes: [{ hostPath: "/etc", containerPath: "/etc" }] }),
  ["two managers with the Docker socket", "one-socket-holder", [good.goodManager(), good.goodManager({ name: "other-manager" })]],
  container("without a bound on memory", "container-memory", { memory: undefined }),
  container("with swap on top", "container-memory", { memorySwap: 512 }),
  container("that takes the whole VM", "home-memory", { memory: 11_000, memorySwap: 11_000 }),
  container("of an image by its version", "container-image", { image: "postgres:17" }),
  container("of another's image, whose CPU is not known", "container-image", { image: `postgres@sha256:${"0".repeat(64)}` }),
  container("that stays down", "container-restart", { restart: "no" }),
  container("with an endless log", "container-log", { logOpts: {} }),
  container("with a password in its environment", "container-secrets", { envs: ["DATABASE_PASSWORD=hunter2hunter2"] }),
  container("with a key in its command", "container-secrets", { command: ["serve", "--key", `sk-ant-${"a".repeat(30)}`] }),
  container("open to the Internet", "container-published-ports", { ports: [{ internal: 5432, external: 5432, ip: "0.0.0.0" }] }),
  ["an edge on a port of its own", "container-published-ports", [edge({ ports: [{ internal: 8080, external: 8080, ip: "0.0.0.0" }] })]],
  ["an image for another CPU", "image-platform", [good.goodImage({ platform: "linux/amd64" })]],
  ["an image pulled for any CPU", "image-platform", [good.goodImage({ build: undefined })]],
  ["an image with a token in its arguments", "image-secrets", [good.goodImage({ build: { context: ".", buildArgs: { NPM_TOKEN: "npm-0123456789abcdef" } } })]],
  ["a volume that is a path of the host", "volume-host-paths", [good.goodDockerVolume({ driverOpts: { type: "none", o: "bind", device: "/etc" } })]],
  ["a network on the host's own card", "network-driver", [good.goodNetwork({ driver: "macvlan" })]],
  ports("everybody's SSH", rule("6", 22, "0.0.0.0/0")),
  ports("everybody's SSH by IPv6", rule("6", 22, "::/0")),
  ports("Docker's port", rule("6", 2375, "0.0.0.0/0")),
  ports("PostgreSQL's port", rule("6", 5432, "0.0.0.0/0")),
  ports("Redis's port", rule("6", 6379, "0.0.0.0/0")),
  ports("half the Internet's SSH", rule("6", 22, "0.0.0.0/1")),
  ports("everything", { protocol: "all", source: "0.0.0.0/0" }),
  ports("whoever the preview does not know", rule("6", 22, unknownMarker)),
  ["a firewall without messages about packet sizes", "firewall-path-mtu", [good.goodSecurityList({ ingressSecurityRules: [rule("6", 443, "0.0.0.0/0")] })]],
  ["a third VCN", "vcn-count", [good.goodVcn(), good.goodVcn(), good.goodVcn()]],
  ["a second load balancer", "load-balancer-count", [good.goodLoadBalancer(), good.goodLoadBalancer()]],
  ["a faster load balancer", "load-balancer-bandwidth", [good.goodLoadBalancer({ shapeDetails: { minimumBandwidthInMbps: 10, maximumBandwidthInMbps: 100 } })]],
  ["a record for each of 201 users", "dns-record-count", Array.from({ length: 201 }, (_, index) => record(`user${index}`))],
  ["a user's record below the wildcard", "dns-wildcard", [record("*.home.example.org"), record("user1.home.example.org")]],
  ["the same wildcard twice", "dns-wildcard", [record("*"), { ...record("*"), name: "again" }]],
  instance("of a paid shape", "instance-shape", { shape: "VM.Standard.E5.Flex" }),
  instance("of any size", "a1-size", { shapeConfig: undefined }),
  instance("with 4 CPUs", "a1-total", size(4, 12)),
  instance("with 24 GB", "a1-total", size(2, 24)),
  instance("of a size that the preview does not know", "a1-total", size(unknownMarker, 12)),
  ["a second VM", "a1-total", withWall(good.goodInstance(), good.goodInstance(size(1, 6)))],
  ["a third small VM", "micro-count", withWall(...[1, 2, 3].map(() => good.goodInstance({ shape: "VM.Standard.E2.1.Micro", shapeConfig: undefined })))],
  instance("that is replaced before it is deleted", "instance-replacement", {}, { deleteBeforeReplace: false }),
  instance("that is replaced for an image", "instance-replacement", {}, { ignoreChanges: ["metadata"] }),
  instance("that is replaced for user data", "instance-replacement", {}, { ignoreChanges: ["sourceDetails"] }),
  instance("that answers legacy metadata requests", "instance-legacy-metadata", { instanceOptions: {} }),
  ["a VM without a quota", "cost-wall", [good.goodInstance(), good.goodBudget(), good.goodBudgetRule()]],
  ["a VM without a budget", "cost-wall", [good.goodInstance(), good.goodQuota()]],
  ["a VM in another region", "home-region", withWall({ ...good.goodInstance(), provider: { region: "us-ashburn-1" } })],
  ["a volume in a region that nobody named", "home-region", [{ ...good.goodBlockVolume(), provider: {} }]],
  ["a volume in a region that the preview does not know", "home-region", [{ ...good.goodBlockVolume(), provider: { region: unknownMarker } }]],
  ["201 GB of volumes", "block-total", withWall(good.goodInstance(), good.goodBlockVolume({ sizeInGbs: "151" }))],
  ["a volume of any size", "volume-size", [good.goodBlockVolume({ sizeInGbs: undefined })]],
  ["a volume of a size that the preview does not know", "volume-size", [good.goodBlockVolume({ sizeInGbs: unknownMarker })]],
  ["a fast volume", "volume-performance", [good.goodBlockVolume({ vpusPerGb: "20" })]],
  ["a volume that tunes itself", "volume-performance", [good.goodBlockVolume({ isAutoTuneEnabled: true })]],
  ["a data volume without protection", "volume-protected", [good.goodBlockVolume({}, { protect: false })]],
  ["an address without protection", "volume-protected", [good.goodAddress({}, { protect: false })]],
  ["a bucket of R2 without protection", "volume-protected", [good.goodR2Bucket({}, { protect: false })]],
  ["six backups of volumes", "volume-backups", [1, 2, 3, 4, 5, 6].map(() => typed("oci:Core/volumeBackup:VolumeBackup"))],
  ["a public bucket of Oracle", "object-storage-private", [good.goodOracleBucket({ accessType: "ObjectRead" })]],
  ["a bucket of Oracle with versions", "object-storage-versions", [good.goodOracleBucket({ versioning: "Enabled" })]],
  bucket("in Europe", "gcs-location", { location: "EUROPE-WEST1" }),
  bucket("in two regions", "gcs-location", { location: "US" }),
  bucket("with access lists", "gcs-uniform-access", { uniformBucketLevelAccess: false }),
  bucket("that may become public", "gcs-public-access", { publicAccessPrevention: "inherited" }),
  bucket("that keeps what was deleted", "gcs-soft-delete", { softDeletePolicy: { retentionDurationSeconds: 604_800 } }),
  bucket("with versions", "gcs-soft-delete", { versioning: { enabled: true } }),
  bucket("that keeps unfinished uploads", "gcs-lifecycle", { lifecycleRules: [] }),
  bucket("that goes with its content", "gcs-force-destroy", { forceDestroy: true }),
  bucket("of another class", "gcs-storage-class", { storageClass: "NEARLINE" }),
  ["backups for everybody", "gcs-no-public-members", [good.goodMember({ member: "allUsers" })]],
  ["a writer that owns the bucket", "gcs-member-roles", [good.goodMember({ role: "roles/storage.objectAdmin" })]],
  ["a NAT gateway", "free-types", [typed("oci:Core/natGateway:NatGateway")]],
  ["a zone of Oracle's DNS", "free-types", [typed("oci:Dns/zone:Zone")]],
  ["a paid database", "free-types", [typed("oci:Database/dbSystem:DbSystem")]],
  ["a VM of Google's", "free-types", [typed("gcp:compute/instance:Instance")]],
  ["a worker of Cloudflare's", "free-types", [typed("cloudflare:index/workersScript:WorkersScript")]],
];

const programs: readonly (readonly [what: string, program: readonly good.Resource[]])[] = [
  ["nothing at all", []],
  ["one container", [good.goodContainer()]],
  ["a container of the least memory", [good.goodContainer({ memory: 6, memorySwap: 6 })]],
  ["a container with the one harmless capability", [good.goodContainer({ capabilities: { drops: ["ALL"], adds: ["NET_BIND_SERVICE"] } })]],
  ["a container always restarted", [good.goodContainer({ restart: "always" })]],
  [
    "a container with a secret in a file",
    [good.goodContainer({ envs: ["API_TOKEN_FILE=/run/secrets/token"], uploads: [{ file: "/run/secrets/token", content: unknownMarker }] })],
  ],
  ["the manager with the Docker socket", [good.goodManager()]],
  ["the edge on the web's ports", [edge()]],
  ["the edge on loopback", [good.goodEdge()]],
  ["an image built there", [good.goodImage()]],
  ["an image pulled for Arm", [good.goodImage({ build: undefined, platform: "linux/arm64" })]],
  ["a network without a way out", [good.goodNetwork()]],
  ["SSH from the owner's addresses", [good.goodSecurityList()]],
  ["two VCNs", [good.goodVcn(), good.goodVcn()]],
  ["the free VM with its wall", withWall(good.goodInstance())],
  ["two small Arm VMs", withWall(good.goodInstance(size(1, 6)), good.goodInstance(size(1, 6)))],
  [
    "two micro VMs beside the Arm one",
    withWall(good.goodInstance(), ...[1, 2].map(() => good.goodInstance({ shape: "VM.Standard.E2.1.Micro", shapeConfig: undefined }))),
  ],
  ["all 200 GB", withWall(good.goodInstance(), good.goodBlockVolume({ sizeInGbs: "150" }))],
  ["five backups of volumes", [1, 2, 3, 4, 5].map(() => typed("oci:Core/volumeBackup:VolumeBackup"))],
  ["the free load balancer", [good.goodLoadBalancer()]],
  ["a wildcard for IPv4 and one for IPv6", [record("*"), { ...good.goodRecord({ name: "*", type: "AAAA" }), name: "v6" }]],
  ["a wildcard beside mail in the zone above it", [record("*.home.example.org"), record("mail.example.org")]],
  ["a bucket in small letters", [good.goodBucket({ location: "us-east1" })]],
  ["buckets in two clouds, with their writers", [good.goodBucket(), good.goodOracleBucket(), good.goodR2Bucket(), good.goodMember()]],
];

describe("what breaks a rule", () => {
  test("is tried in at least 60 ways, and each policy has one", () => {
    expect(mutations.length).toBeGreaterThanOrEqual(60);
    expect(new Set(mutations.map(([, policy]) => policy))).toEqual(new Set(policies.map(({ name }) => name)));
  });

  test.each(mutations)("%s is refused by %s", (_what, policy, program) => {
    expect(refusedBy(program)).toContain(policy);
  });
});

describe("what breaks none", () => {
  test("is tried in at least 20 programs", () => expect(programs.length).toBeGreaterThanOrEqual(20));

  test.each(programs)("%s passes the whole pack", (_what, program) => {
    expect(refusedBy(program)).toEqual([]);
  });

  test("is the whole home, all of its parts together", () => {
    const home = Object.entries(good).flatMap(([name, make]) => (/^good(?!Edge)/.test(name) ? [(make as () => good.Resource)()] : []));
    expect(refusedBy([...home, edge()])).toEqual([]);
  });
});

test("a bucket about which nothing was said is made safe, one about which something wrong was said is not touched", () => {
  const bare = good.goodBucket({ uniformBucketLevelAccess: undefined, publicAccessPrevention: undefined, softDeletePolicy: undefined });
  const safe = good.mend(bare);
  expect(refusedBy([safe])).toEqual([]);
  expect(safe.props).toMatchObject({ uniformBucketLevelAccess: true, publicAccessPrevention: "enforced", softDeletePolicy: { retentionDurationSeconds: 0 } });
  const wrong = good.goodBucket({ publicAccessPrevention: "inherited" });
  expect(good.mend(wrong)).toEqual(wrong);
});

test("the README says which policies mend", () => {
  const readme = readFileSync(join(import.meta.dirname, "README.md"), "utf8");
  const mending = policies.filter(({ enforcementLevel }) => enforcementLevel === "remediate").map(({ name }) => name);
  expect(mending).toHaveLength(3);
  const line = readme.split("\n").find((text) => text.includes("set what was left out")) ?? "";
  expect(mending.every((name) => line.includes(`\`${name}\``))).toBe(true);
});
