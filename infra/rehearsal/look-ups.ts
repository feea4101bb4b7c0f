import { findResources, privateIpOf, type Clouds, type Resource } from "./clouds.ts";
import type { Properties } from "./kinds.ts";

/** A look-up that answers with all of a type that have the values asked for. Shape: the answer's field → the rows. */
interface List {
  type: string;
  field: string;
}

const lists: Record<string, List> = {
  "oci:Core/getVolumes:getVolumes": { type: "oci:Core/volume:Volume", field: "volumes" },
  "oci:Core/getPublicIps:getPublicIps": { type: "oci:Core/publicIp:PublicIp", field: "publicIps" },
  "oci:Core/getInstances:getInstances": { type: "oci:Core/instance:Instance", field: "instances" },
  "oci:Core/getVcns:getVcns": { type: "oci:Core/vcn:Vcn", field: "virtualNetworks" },
  "oci:Core/getSubnets:getSubnets": { type: "oci:Core/subnet:Subnet", field: "subnets" },
  "oci:Core/getInternetGateways:getInternetGateways": { type: "oci:Core/internetGateway:InternetGateway", field: "gateways" },
  "oci:Core/getVolumeAttachments:getVolumeAttachments": { type: "oci:Core/volumeAttachment:VolumeAttachment", field: "volumeAttachments" },
  "oci:ObjectStorage/getBucketSummaries:getBucketSummaries": { type: "oci:ObjectStorage/bucket:Bucket", field: "bucketSummaries" },
  "oci:Identity/getUsers:getUsers": { type: "oci:Identity/user:User", field: "users" },
  "oci:Identity/getGroups:getGroups": { type: "oci:Identity/group:Group", field: "groups" },
  "oci:Identity/getPolicies:getPolicies": { type: "oci:Identity/policy:Policy", field: "policies" },
  "oci:Identity/getUserGroupMemberships:getUserGroupMemberships": { type: "oci:Identity/userGroupMembership:UserGroupMembership", field: "memberships" },
  "oci:Limits/getQuotas:getQuotas": { type: "oci:Limits/quota:Quota", field: "quotas" },
  "oci:Ons/getNotificationTopics:getNotificationTopics": { type: "oci:Ons/notificationTopic:NotificationTopic", field: "notificationTopics" },
  "oci:Budget/getBudgets:getBudgets": { type: "oci:Budget/budget:Budget", field: "budgets" },
  "gcp:storage/getBuckets:getBuckets": { type: "gcp:storage/bucket:Bucket", field: "buckets" },
  "cloudflare:index/getDnsRecords:getDnsRecords": { type: "cloudflare:index/dnsRecord:DnsRecord", field: "results" },
};

/** What narrows an answer in a way of its own, and is none of the resource's values. */
const narrowing = new Set(["scope", "filters", "prefix", "project"]);

/** Answers a look-up by what the clouds have. Throws: Error for one that is not simulated. */
export function lookUp(clouds: Clouds, token: string, asked: Properties): Properties {
  const list = lists[token];
  if (list !== undefined) return { [list.field]: findResources(clouds, list.type, wanted(asked)).map(row) };
  const answer = others[token]?.(clouds, asked);
  if (answer === undefined) throw new Error(`${token} is not simulated; infra/rehearsal/look-ups.ts lists what is`);
  return answer;
}

const wanted = (asked: Properties): Properties =>
  Object.fromEntries(Object.entries(asked).filter(([name, value]) => !narrowing.has(name) && typeof value !== "object"));

const row = ({ id, type, outputs }: Resource): Properties => ({
  ...outputs,
  id,
  state: type.includes("ttachment") ? "ATTACHED" : (outputs["state"] ?? "AVAILABLE"),
  ...(type.startsWith("oci:Ons/") ? { topicId: id } : {}),
});

const others: Record<string, (clouds: Clouds, asked: Properties) => Properties> = {
  "oci:Core/getVnicAttachments:getVnicAttachments": (_clouds, { instanceId }) => ({ vnicAttachments: [{ vnicId: `ocid1.vnic.oc1..${String(instanceId)}` }] }),
  "oci:Core/getPrivateIps:getPrivateIps": (_clouds, { vnicId }) => ({ privateIps: [{ id: privateIpOf(machineOf(vnicId)) }] }),
  "oci:Core/getVnic:getVnic": (_clouds, { vnicId }) => ({ vnicId, ipv6addresses: [`2001:db8:1::${machineOf(vnicId).replace(/\D/g, "")}`] }),
  "oci:ObjectStorage/getNamespace:getNamespace": () => ({ namespace: "home" }),
  "oci:Identity/getRegionSubscriptions:getRegionSubscriptions": () => ({ regionSubscriptions: [{ isHomeRegion: true, regionName: "eu-zurich-1" }] }),
  "gcp:serviceaccount/getAccount:getAccount": (clouds, { accountId }) => {
    const [found] = findResources(clouds, "gcp:serviceaccount/account:Account", { accountId });
    if (found === undefined)
      throw new Error(`Error when reading or editing Service Account: googleapi: Error 404: Unknown service account ${String(accountId)}, notFound`);
    return found.outputs;
  },
};

const machineOf = (vnicId: unknown): string => String(vnicId).replace("ocid1.vnic.oc1..", "");
