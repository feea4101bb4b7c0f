import * as cloudflare from "@pulumi/cloudflare";
import * as gcp from "@pulumi/gcp";
import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import { adoptableParts, adoptVariable, networkVariable } from "../adoptable.ts";
import { accountId } from "../components/google/backups.ts";
import { OracleNetwork } from "../components/oracle/network.ts";
import type { CloudflareSettings, GoogleSettings, OracleSettings, Settings } from "../settings.ts";
import { googleBucket } from "./backups.ts";
import { cloudflareProvider, googleProvider, oracleProvider } from "./providers.ts";

interface Clouds {
  oracle: oci.Provider;
  cloudflare: cloudflare.Provider;
  google: gcp.Provider | undefined;
}

/** How one resource is found in its cloud, and registered. Shape: the id is what `import` takes. */
interface Way {
  find: () => Promise<string | undefined>;
  adopt: (options: pulumi.CustomResourceOptions) => void;
}

/** The run of a part of the program that the environment asks for; undefined where it asks for the whole home. */
export async function runPart(prefix: string, settings: Settings, environment: NodeJS.ProcessEnv): Promise<object | undefined> {
  const adopted = environment[adoptVariable];
  if (adopted !== undefined) await adoptParts(prefix, settings, adopted.split(","));
  else if (environment[networkVariable] === undefined) return undefined;
  else new OracleNetwork("network", settings.oracle as OracleSettings, { provider: oracleProvider(settings.oracle as OracleSettings) });
  return {};
}

/**
 * Takes what the clouds have and the state lacks into the state, as it is there; nothing is made and nothing is changed. What differs
 * from the program is for the next update.
 */
async function adoptParts(prefix: string, settings: Settings, names: readonly string[]): Promise<void> {
  const clouds: Clouds = {
    oracle: oracleProvider(settings.oracle as OracleSettings),
    cloudflare: cloudflareProvider(),
    google: settings.google === undefined ? undefined : googleProvider(settings.google),
  };
  const ways = waysOf(prefix, settings, clouds);
  const components = new Map<string, pulumi.ComponentResource>();
  for (const { component, name } of adoptableParts(settings).filter((part) => names.includes(part.name))) {
    const way = ways[name];
    const id = await way?.find();
    if (id === undefined) continue;
    const parent = components.get(component) ?? componentOf(component, clouds);
    components.set(component, parent);
    const lasts = lasting.has(name);
    way?.adopt({ parent, import: id, ignoreChanges: ["*"], ...(lasts ? { protect: true, retainOnDelete: true } : {}) });
    await pulumi.log.info(`${name} is there already; it is taken over: ${id}`);
  }
}

const lasting = new Set(["machine-data", "machine-address", "storage-bucket", "offsite-bucket"]);

function componentOf(component: string, { oracle, cloudflare: names, google }: Clouds): pulumi.ComponentResource {
  const [type = "", name = ""] = component.split("::");
  return new pulumi.ComponentResource(type, name, {}, { providers: [oracle, names, ...(google === undefined ? [] : [google])] });
}

function waysOf(prefix: string, settings: Settings, clouds: Clouds): Record<string, Way> {
  const known = settings as { oracle: OracleSettings; cloudflare: CloudflareSettings; google: GoogleSettings };
  return {
    ...networkWays(known.oracle, clouds.oracle),
    ...machineWays(prefix, known.oracle, clouds.oracle),
    ...guardWays(prefix, known.oracle, clouds.oracle),
    ...storageWays(prefix, known.oracle, clouds.oracle),
    ...nameWays(known.oracle.domain, known.cloudflare, clouds.cloudflare),
    ...(clouds.google === undefined ? {} : googleWays(prefix, known.google, clouds.google)),
  };
}

/** The first that is not on its way out. */
const alive = <T extends { state: string }>(rows: readonly T[]): T | undefined => rows.find(({ state }) => !/^(terminat|delet|detach)/i.test(state));

function networkWays({ compartmentId }: OracleSettings, provider: oci.Provider): Record<string, Way> {
  const inOracle = { provider };
  const vcn = async () => alive((await oci.core.getVcns({ compartmentId }, inOracle)).virtualNetworks.filter(({ dnsLabel }) => dnsLabel === "freehold"))?.id;
  const within = async <T>(look: (vcnId: string) => Promise<T | undefined>) => {
    const vcnId = await vcn();
    return vcnId === undefined ? undefined : look(vcnId);
  };
  return {
    "network-vcn": { find: vcn, adopt: (options) => void new oci.core.Vcn("network-vcn", { compartmentId }, options) },
    "network-gateway": {
      find: () => within(async (vcnId) => alive((await oci.core.getInternetGateways({ compartmentId, vcnId }, inOracle)).gateways)?.id),
      adopt: (options) => void new oci.core.InternetGateway("network-gateway", { compartmentId, vcnId: "" }, options),
    },
    "network-subnet": {
      find: () => within(async (vcnId) => alive((await oci.core.getSubnets({ compartmentId, vcnId }, inOracle)).subnets)?.id),
      adopt: (options) => void new oci.core.Subnet("network-subnet", { compartmentId, vcnId: "", cidrBlock: "10.42.0.0/24" }, options),
    },
  };
}

function machineWays(prefix: string, { compartmentId, availabilityDomain }: OracleSettings, provider: oci.Provider): Record<string, Way> {
  const inOracle = { provider };
  const volume = async () => alive((await oci.core.getVolumes({ compartmentId, displayName: `${prefix}-data` }, inOracle)).volumes)?.id;
  const vm = async () => alive((await oci.core.getInstances({ compartmentId, displayName: `${prefix}-vm` }, inOracle)).instances)?.id;
  const address = async () => {
    const { publicIps } = await oci.core.getPublicIps({ compartmentId, scope: "REGION", lifetime: "RESERVED" }, inOracle);
    return alive(publicIps.filter(({ displayName }) => displayName === `${prefix}-address`))?.id;
  };
  const attachment = async () => {
    const [instanceId, volumeId] = [await vm(), await volume()];
    if (instanceId === undefined || volumeId === undefined) return undefined;
    return alive((await oci.core.getVolumeAttachments({ compartmentId, instanceId, volumeId }, inOracle)).volumeAttachments)?.id;
  };
  return {
    "machine-data": { find: volume, adopt: (options) => void new oci.core.Volume("machine-data", { compartmentId, availabilityDomain }, options) },
    "machine-address": { find: address, adopt: (options) => void new oci.core.PublicIp("machine-address", { compartmentId, lifetime: "RESERVED" }, options) },
    "machine-vm": {
      find: vm,
      adopt: (options) =>
        void new oci.core.Instance(
          "machine-vm",
          { compartmentId, availabilityDomain, shape: "VM.Standard.A1.Flex" },
          { ...options, deleteBeforeReplace: true, customTimeouts: { create: "30m" } },
        ),
    },
    "machine-attachment": {
      find: attachment,
      adopt: (options) =>
        void new oci.core.VolumeAttachment(
          "machine-attachment",
          { attachmentType: "paravirtualized", instanceId: "", volumeId: "" },
          { ...options, deleteBeforeReplace: true },
        ),
    },
  };
}

function guardWays(prefix: string, { tenancyId, compartmentId }: OracleSettings, provider: oci.Provider): Record<string, Way> {
  const inOracle = { provider };
  return {
    "guard-quota": {
      find: async () => alive((await oci.limits.getQuotas({ compartmentId: tenancyId, name: `${prefix}-wall` }, inOracle)).quotas)?.id,
      adopt: (options) => void new oci.limits.Quota("guard-quota", { compartmentId: tenancyId, description: "", statements: [] }, options),
    },
    "guard-budget": {
      find: async () => alive((await oci.budget.getBudgets({ compartmentId: tenancyId, displayName: prefix }, inOracle)).budgets)?.id,
      adopt: (options) => void new oci.budget.Budget("guard-budget", { compartmentId: tenancyId, amount: 1, resetPeriod: "MONTHLY" }, options),
    },
    "guard-topic": {
      find: async () => alive((await oci.ons.getNotificationTopics({ compartmentId, name: `${prefix}-alarms` }, inOracle)).notificationTopics)?.topicId,
      adopt: (options) => void new oci.ons.NotificationTopic("guard-topic", { compartmentId, name: `${prefix}-alarms` }, options),
    },
  };
}

function storageWays(prefix: string, { tenancyId, compartmentId }: OracleSettings, provider: oci.Provider): Record<string, Way> {
  const inOracle = { provider };
  const own = { compartmentId: tenancyId, name: `${prefix}-backup` };
  const user = async () => alive((await oci.identity.getUsers(own, inOracle)).users)?.id;
  const group = async () => alive((await oci.identity.getGroups(own, inOracle)).groups)?.id;
  const policy = (resource: string, name: string): Way => ({
    find: async () => alive((await oci.identity.getPolicies({ compartmentId, name }, inOracle)).policies)?.id,
    adopt: (options) => void new oci.identity.Policy(resource, { compartmentId, description: "", statements: [] }, options),
  });
  const bucket = async () => {
    const { namespace } = await oci.objectstorage.getNamespace({ compartmentId: tenancyId }, inOracle);
    const { bucketSummaries } = await oci.objectstorage.getBucketSummaries({ compartmentId, namespace }, inOracle);
    return bucketSummaries.some(({ name }) => name === `${prefix}-hourly`) ? `n/${namespace}/b/${prefix}-hourly` : undefined;
  };
  const member = async () => {
    const [userId, groupId] = [await user(), await group()];
    if (userId === undefined || groupId === undefined) return undefined;
    return alive((await oci.identity.getUserGroupMemberships({ compartmentId: tenancyId, userId, groupId }, inOracle)).memberships)?.id;
  };
  return {
    "storage-bucket": { find: bucket, adopt: (options) => void new oci.objectstorage.Bucket("storage-bucket", { compartmentId, namespace: "" }, options) },
    "storage-cleaning": policy("storage-cleaning", `${prefix}-storage-cleaning`),
    "storage-user": { find: user, adopt: (options) => void new oci.identity.User("storage-user", { description: "" }, options) },
    "storage-group": { find: group, adopt: (options) => void new oci.identity.Group("storage-group", { description: "" }, options) },
    "storage-member": {
      find: member,
      adopt: (options) => void new oci.identity.UserGroupMembership("storage-member", { groupId: "", userId: "" }, { ...options, deleteBeforeReplace: true }),
    },
    "storage-access": policy("storage-access", `${prefix}-backup`),
  };
}

function nameWays(domain: string, { zoneId }: CloudflareSettings, provider: cloudflare.Provider): Record<string, Way> {
  const record = (resource: string, type: "A" | "AAAA"): Way => ({
    find: async () => {
      const { results } = await cloudflare.getDnsRecords({ zoneId, type, name: { exact: `*.${domain}` } }, { provider });
      const found = results.find((one) => one.name === `*.${domain}` && one.type === type);
      return found === undefined ? undefined : `${zoneId}/${found.id}`;
    },
    adopt: (options) => void new cloudflare.DnsRecord(resource, { zoneId, name: `*.${domain}`, type, ttl: 60 }, { ...options, deleteBeforeReplace: true }),
  });
  return { "names-wildcard": record("names-wildcard", "A") };
}

function googleWays(prefix: string, settings: GoogleSettings, provider: gcp.Provider): Record<string, Way> {
  const inGoogle = { provider };
  const { projectId: project, location } = settings;
  const bucket = googleBucket(prefix, settings);
  const account = (resource: string, role: string): Way => ({
    find: async () => {
      try {
        return (await gcp.serviceaccount.getAccount({ accountId: accountId(role, prefix), project }, inGoogle)).name;
      } catch (thrown) {
        // The look-up knows no empty answer.
        if (/404|not ?found/i.test((thrown as Error).message)) return undefined;
        throw thrown;
      }
    },
    adopt: (options) => void new gcp.serviceaccount.Account(resource, { accountId: accountId(role, prefix) }, options),
  });
  return {
    "offsite-bucket": {
      find: async () => {
        const { buckets } = await gcp.storage.getBuckets({ project, prefix: bucket }, inGoogle);
        return buckets.some(({ name }) => name === bucket) ? bucket : undefined;
      },
      adopt: (options) => void new gcp.storage.Bucket("offsite-bucket", { location }, options),
    },
    "offsite-writer": account("offsite-writer", "writer"),
    "offsite-keeper": account("offsite-keeper", "keeper"),
  };
}
