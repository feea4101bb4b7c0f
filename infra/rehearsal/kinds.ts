import { addresses } from "./addresses.ts";

/** What a cloud checks of one type of resource, and what it answers. Source: the providers' schemas, and the clouds' API documents. */
export interface Kind {
  required: readonly string[];
  /** Inputs with few values. Shape: path → allowed values. */
  allowed?: Record<string, readonly string[]>;
  /** Smallest and largest numbers. */
  bounds?: Record<string, readonly [number, number]>;
  /** Inputs whose change makes a new resource. Shape: paths. */
  immutable?: readonly string[];
  /** What exists once. Shape: the inputs that must differ, together. */
  unique?: readonly string[];
  /** What the cloud calls it, where that follows from the inputs. */
  id?: (inputs: Properties) => string;
  /** Inputs of others by which they stand on it: it can't go before them. */
  holds?: readonly string[];
  /** What the cloud adds. */
  outputs?: (id: string, inputs: Properties) => Properties;
}

export type Properties = Record<string, unknown>;

const inCompartment = ["compartmentId"];
const ocid = (kind: string, id: string) => `ocid1.${kind}.oc1..${id}`;
const emailOf = (accountId: unknown) => `${String(accountId)}@my-home-123456.iam.gserviceaccount.com`;
const accountName = (accountId: unknown) => `projects/my-home-123456/serviceAccounts/${emailOf(accountId)}`;
const keyOf = (id: string) => Buffer.from(JSON.stringify({ type: "service_account", private_key_id: id })).toString("base64");

const oracle: Record<string, Kind> = {
  "oci:Core/vcn:Vcn": {
    required: inCompartment,
    immutable: ["compartmentId", "dnsLabel", "isIpv6enabled"],
    holds: ["vcnId"],
    outputs: (id) => ({ defaultRouteTableId: ocid("routetable", id), defaultSecurityListId: ocid("securitylist", id), ipv6cidrBlocks: ["2001:db8:1::/56"] }),
  },
  "oci:Core/internetGateway:InternetGateway": { required: [...inCompartment, "vcnId"], immutable: ["vcnId"], unique: ["vcnId"] },
  "oci:Core/defaultRouteTable:DefaultRouteTable": { required: ["manageDefaultResourceId"], immutable: ["manageDefaultResourceId"] },
  "oci:Core/defaultSecurityList:DefaultSecurityList": { required: ["manageDefaultResourceId"], immutable: ["manageDefaultResourceId"] },
  "oci:Core/subnet:Subnet": { required: [...inCompartment, "vcnId", "cidrBlock"], immutable: ["vcnId", "dnsLabel"], unique: ["vcnId", "cidrBlock"] },
  "oci:Core/volume:Volume": {
    required: [...inCompartment, "availabilityDomain"],
    bounds: { sizeInGbs: [50, 32_768], vpusPerGb: [0, 120] },
    immutable: ["availabilityDomain"],
  },
  "oci:Core/volumeAttachment:VolumeAttachment": {
    required: ["attachmentType", "instanceId", "volumeId"],
    allowed: { attachmentType: ["iscsi", "paravirtualized"] },
    immutable: ["attachmentType", "instanceId", "volumeId"],
    unique: ["volumeId"],
  },
  "oci:Core/instance:Instance": {
    required: [...inCompartment, "availabilityDomain", "shape"],
    allowed: { state: ["RUNNING", "STOPPED"] },
    bounds: { "shapeConfig.ocpus": [1, 80], "shapeConfig.memoryInGbs": [1, 512], "sourceDetails.bootVolumeSizeInGbs": [50, 32_768] },
    // A new image is an update in name only: it swaps the boot volume.
    immutable: ["availabilityDomain", "metadata", "sourceDetails", "createVnicDetails.subnetId"],
    outputs: (_id, { state }) => ({ launchMode: "PARAVIRTUALIZED", state: state ?? "RUNNING" }),
  },
  "oci:Core/publicIp:PublicIp": {
    required: [...inCompartment, "lifetime"],
    allowed: { lifetime: ["EPHEMERAL", "RESERVED"] },
    immutable: ["lifetime"],
    outputs: () => ({ ipAddress: addresses.home }),
  },
  "oci:ObjectStorage/bucket:Bucket": {
    required: [...inCompartment, "namespace"],
    allowed: {
      accessType: ["NoPublicAccess", "ObjectRead", "ObjectReadWithoutList"],
      storageTier: ["Standard", "Archive"],
      versioning: ["Enabled", "Suspended", "Disabled"],
    },
    immutable: ["namespace", "storageTier"],
    unique: ["name"],
    id: ({ namespace, name }) => `n/${String(namespace)}/b/${String(name)}`,
  },
  "oci:ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy": { required: ["bucket", "namespace"], immutable: ["bucket", "namespace"] },
  "oci:Identity/user:User": { required: ["description"], immutable: ["name"], unique: ["name"] },
  "oci:Identity/group:Group": { required: ["description"], immutable: ["name"], unique: ["name"] },
  "oci:Identity/userGroupMembership:UserGroupMembership": { required: ["groupId", "userId"], immutable: ["groupId", "userId"], unique: ["groupId", "userId"] },
  "oci:Identity/policy:Policy": { required: [...inCompartment, "description", "statements"], immutable: ["name"], unique: ["name"] },
  "oci:Identity/customerSecretKey:CustomerSecretKey": {
    required: ["displayName", "userId"],
    immutable: ["userId"],
    outputs: (id) => ({ key: `secret-of-${id}` }),
  },
  "oci:Limits/quota:Quota": { required: [...inCompartment, "description", "statements"], unique: ["name"] },
  "oci:Budget/budget:Budget": {
    required: ["amount", ...inCompartment, "resetPeriod"],
    allowed: { resetPeriod: ["MONTHLY"], targetType: ["COMPARTMENT", "TAG"] },
    unique: ["displayName"],
  },
  "oci:Budget/rule:Rule": {
    required: ["budgetId", "threshold", "thresholdType", "type"],
    allowed: { type: ["ACTUAL", "FORECAST"], thresholdType: ["PERCENTAGE", "ABSOLUTE"] },
    immutable: ["budgetId"],
  },
  "oci:Ons/notificationTopic:NotificationTopic": { required: [...inCompartment, "name"], immutable: ["name"], unique: ["name"] },
  "oci:Ons/subscription:Subscription": { required: [...inCompartment, "endpoint", "protocol", "topicId"], immutable: ["endpoint", "protocol", "topicId"] },
  "oci:Monitoring/alarm:Alarm": {
    required: [...inCompartment, "destinations", "displayName", "isEnabled", "metricCompartmentId", "namespace", "query", "severity"],
    allowed: { severity: ["CRITICAL", "ERROR", "WARNING", "INFO"] },
  },
};

const others: Record<string, Kind> = {
  "gcp:storage/bucket:Bucket": {
    required: ["location"],
    allowed: { publicAccessPrevention: ["enforced", "inherited"], storageClass: ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"] },
    immutable: ["location", "name"],
    unique: ["name"],
    id: ({ name }) => String(name),
  },
  "gcp:storage/bucketIAMMember:BucketIAMMember": { required: ["bucket", "member", "role"], immutable: ["bucket", "member", "role", "condition"] },
  "gcp:serviceaccount/account:Account": {
    required: ["accountId"],
    immutable: ["accountId"],
    unique: ["accountId"],
    id: ({ accountId }) => accountName(accountId),
    outputs: (_id, { accountId }) => ({ email: emailOf(accountId), name: accountName(accountId) }),
  },
  "gcp:serviceaccount/key:Key": { required: ["serviceAccountId"], immutable: ["serviceAccountId"], outputs: (id) => ({ privateKey: keyOf(id) }) },
  "cloudflare:index/dnsRecord:DnsRecord": {
    required: ["name", "ttl", "type", "zoneId"],
    allowed: { type: ["A", "AAAA", "CNAME", "TXT", "MX", "CAA"] },
    immutable: ["zoneId", "type"],
    unique: ["zoneId", "name", "type"],
  },
  "cloudflare:index/r2Bucket:R2Bucket": { required: ["accountId", "name"], immutable: ["accountId", "name"], unique: ["name"], id: ({ name }) => String(name) },
  // Not clouds: the machine behind them is not simulated yet, so what would run on it is only noted.
  "command:remote:Command": { required: ["connection"], immutable: ["triggers"], outputs: () => ({ stdout: "28.2.2", stderr: "" }) },
  "command:local:Command": { required: [], immutable: ["triggers"], outputs: () => ({ stdout: "", stderr: "" }) },
  "docker:index/network:Network": { required: [], immutable: ["name", "driver", "internal"], unique: ["name"] },
  "docker:index/volume:Volume": { required: [], immutable: ["name"] },
  "docker:index/container:Container": { required: ["image"], immutable: ["image", "envs", "uploads", "memory", "mounts", "ports"], unique: ["name"] },
};

/** Every type that is simulated; any other one is refused by name. */
export const kinds: Readonly<Record<string, Kind>> = { ...oracle, ...others };
