import { createRequire } from "node:module";
import { policies } from "./index.ts";
import type { PolicyResourceOptions, ResourceValidationArgs, ResourceValidationPolicy, StackValidationArgs, StackValidationPolicy } from "@pulumi/policy";

/** How Pulumi's runner shows properties to policies; it is public in code, not in types. */
const { unknownCheckingProxy } = createRequire(import.meta.url)("@pulumi/policy/proxy.js") as { unknownCheckingProxy: <T>(props: T) => T };

/** How the engine marks a value that a preview doesn't know. */
export const unknownMarker = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface Resource {
  type: string;
  name: string;
  props: Record<string, unknown>;
  options?: Partial<PolicyResourceOptions>;
  /** The properties of its provider. */
  provider?: Record<string, unknown>;
}

export const homeRegion = "eu-zurich-1";

type Properties = Record<string, unknown>;

const resource =
  (type: string, name: string, props: Properties, options: Partial<PolicyResourceOptions> = {}) =>
  (changes: Properties = {}, changedOptions: Partial<PolicyResourceOptions> = {}): Resource => ({
    type,
    name,
    ...(type.startsWith("oci:") ? { provider: { region: homeRegion } } : {}),
    props: { ...props, ...changes },
    options: { ...options, ...changedOptions },
  });

/** One of each type of resource that breaks no policy; tests change one thing. */
export const goodContainer = resource("docker:index/container:Container", "web-container", {
  name: "freehold-dev-web",
  image: "freehold/web:0123456789ab",
  envs: ["PORT=4010", "DATABASE_URL=postgres://web@postgres:5432/web", "DATABASE_PASSWORD_FILE=/run/secrets/database-password"],
  uploads: [{ file: "/run/secrets/database-password", content: unknownMarker, permissions: "0400" }],
  mounts: [{ type: "volume", source: "freehold-dev-web", target: "/data" }],
  networksAdvanced: [{ name: "freehold-dev-core", aliases: ["web"] }],
  ports: [],
  memory: 256,
  memorySwap: 256,
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  restart: "unless-stopped",
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
  labels: [{ label: "freehold.service", value: "web" }],
  healthcheck: { tests: ["CMD", "true"] },
});

export const goodManager = (changes: Properties = {}) =>
  goodContainer({
    name: "freehold-dev-manager",
    mounts: [{ type: "bind", source: "/var/run/docker.sock", target: "/var/run/docker.sock" }],
    envs: ["JOB_NETWORKS=freehold-dev-job-1,freehold-dev-job-2,freehold-dev-job-3", "JOB_MEMORY_MB=1024"],
    ...changes,
  });

export const goodEdge = (changes: Properties = {}) =>
  goodContainer({ name: "freehold-dev-edge", ports: [{ internal: 8443, external: 28443, ip: "127.0.0.1", protocol: "tcp" }], ...changes });

export const goodDockerVolume = resource("docker:index/volume:Volume", "data-volume", { name: "freehold-dev-data", labels: [] });

export const goodNetwork = resource("docker:index/network:Network", "core-network", { name: "freehold-dev-core", driver: "bridge", internal: true });

export const goodImage = resource("docker:index/remoteImage:RemoteImage", "web-image", {
  name: "freehold/web:0123456789ab",
  build: { context: ".", buildArgs: { SERVICE: "web" } },
});

export const goodInstance = resource(
  "oci:Core/instance:Instance",
  "vm",
  {
    shape: "VM.Standard.A1.Flex",
    shapeConfig: { ocpus: 2, memoryInGbs: 12 },
    sourceDetails: { sourceType: "image", sourceId: unknownMarker, bootVolumeSizeInGbs: "50", bootVolumeVpusPerGb: "10" },
    instanceOptions: { areLegacyImdsEndpointsDisabled: true },
    metadata: { user_data: unknownMarker },
  },
  { deleteBeforeReplace: true, ignoreChanges: ["sourceDetails.sourceId", "metadata", "availabilityDomain"] },
);

export const goodBlockVolume = resource("oci:Core/volume:Volume", "data", { sizeInGbs: "100", vpusPerGb: "10" }, { protect: true });

export const goodVcn = resource("oci:Core/vcn:Vcn", "vcn", { cidrBlocks: ["10.42.0.0/16"] });

const anywhere = ["0.0.0.0/0", "::/0"];
const tcp = (port: number, source: string) => ({ protocol: "6", source, tcpOptions: { min: port, max: port } });

export const goodSecurityList = resource("oci:Core/defaultSecurityList:DefaultSecurityList", "firewall", {
  manageDefaultResourceId: unknownMarker,
  ingressSecurityRules: [
    ...anywhere.flatMap((source) => [tcp(80, source), tcp(443, source), { protocol: "17", source, udpOptions: { min: 443, max: 443 } }]),
    tcp(22, "203.0.113.7/32"),
    { protocol: "1", source: "0.0.0.0/0", icmpOptions: { type: 3, code: 4 } },
    { protocol: "58", source: "::/0", icmpOptions: { type: 2, code: 0 } },
  ],
});

export const goodGroupRule = resource("oci:Core/networkSecurityGroupSecurityRule:NetworkSecurityGroupSecurityRule", "rule", {
  direction: "INGRESS",
  protocol: "6",
  source: "0.0.0.0/0",
  tcpOptions: { destinationPortRange: { min: 443, max: 443 } },
});

export const goodLoadBalancer = resource("oci:LoadBalancer/loadBalancer:LoadBalancer", "balancer", {
  shape: "flexible",
  shapeDetails: { minimumBandwidthInMbps: 10, maximumBandwidthInMbps: 10 },
});

export const goodRecord = resource("cloudflare:index/dnsRecord:DnsRecord", "wild", { zoneId: "zone", name: "*", type: "A", ttl: 1, content: unknownMarker });

export const goodBucket = resource(
  "gcp:storage/bucket:Bucket",
  "backups",
  {
    location: "US-CENTRAL1",
    uniformBucketLevelAccess: true,
    publicAccessPrevention: "enforced",
    softDeletePolicy: { retentionDurationSeconds: 0 },
    lifecycleRules: [{ action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 1 } }],
  },
  { protect: true },
);

export const goodMember = resource("gcp:storage/bucketIAMMember:BucketIAMMember", "writer", {
  bucket: "backups",
  role: "roles/storage.objectCreator",
  member: unknownMarker,
});

export const goodOracleBucket = resource("oci:ObjectStorage/bucket:Bucket", "hourly", { name: "hourly", accessType: "NoPublicAccess" }, { protect: true });

export const goodQuota = resource("oci:Limits/quota:Quota", "wall", { statements: ["zero compute-core quotas in compartment freehold"] });
export const goodBudget = resource("oci:Budget/budget:Budget", "budget", { amount: 1 });
export const goodBudgetRule = resource("oci:Budget/rule:Rule", "rule", { threshold: 0.01 });
export const goodAddress = resource("oci:Core/publicIp:PublicIp", "address", { lifetime: "RESERVED", privateIpId: unknownMarker }, { protect: true });
export const goodR2Bucket = resource("cloudflare:index/r2Bucket:R2Bucket", "offsite", { name: "offsite" }, { protect: true });

const urnOf = ({ type, name }: Resource) => `urn:pulumi:dev::freehold::${type}::${name}`;

const seen = (resource: Resource) => ({
  type: resource.type,
  name: resource.name,
  urn: urnOf(resource),
  props: unknownCheckingProxy(resource.props),
  ...(resource.provider === undefined ? {} : { provider: { props: unknownCheckingProxy(resource.provider) } }),
  opts: {
    protect: false,
    ignoreChanges: [],
    aliases: [],
    customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
    additionalSecretOutputs: [],
    ...resource.options,
  },
});

/** The messages of a policy about some resources, which it sees as Pulumi's own runner would show them. */
export function judge(policy: ResourceValidationPolicy | StackValidationPolicy, resources: readonly Resource[], config: object = {}): string[] {
  const messages: string[] = [];
  const report = (message: string) => void messages.push(message);
  const common = { getConfig: () => config, stackTags: new Map<string, string>() };
  if ("validateStack" in policy) {
    void policy.validateStack({ ...common, resources: resources.map(seen) } as unknown as StackValidationArgs, report);
    return messages;
  }
  for (const validate of [policy.validateResource].flat()) {
    for (const resource of resources) void validate?.({ ...common, ...seen(resource) } as unknown as ResourceValidationArgs, report);
  }
  return messages;
}

/** A resource as it is once every policy of the pack that mends has done so. */
export function mend(resource: Resource): Resource {
  const props = policies.reduce((given, policy) => {
    if (!("remediateResource" in policy) || policy.remediateResource === undefined) return given;
    const args = { ...seen({ ...resource, props: given }), props: given, getConfig: () => ({}), stackTags: new Map<string, string>() };
    return (policy.remediateResource(args as unknown as ResourceValidationArgs) as Properties | undefined) ?? given;
  }, resource.props);
  return { ...resource, props };
}
