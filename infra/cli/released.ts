import type { Known } from "./stack.ts";

/** A resource as `pulumi stack export` writes it. */
export interface Exported extends Known {
  parent?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[] | null>;
  protect?: boolean;
  retainOnDelete?: boolean;
}

export interface ExportedStack {
  deployment?: { resources?: Exported[]; [more: string]: unknown };
  [more: string]: unknown;
}

/** What is on the machine alone: it goes with the machine and its volume, and a machine that is gone already can't be asked to remove it. */
const onTheMachine = /^(docker:|command:|freehold:home:|pulumi:providers:(docker|command)$)/;

/**
 * The state with nothing in it protected or kept any more, so that `pulumi destroy` takes all of it; of a home elsewhere without what stands on
 * its machine. Nothing is taken away by this, and the next `up` protects again what lives for ever.
 */
export function released(stack: ExportedStack, place: "local" | "oracle"): ExportedStack {
  const resources = stack.deployment?.resources ?? [];
  const gone = new Set(place === "local" ? [] : resources.filter(({ type }) => onTheMachine.test(type)).map(({ urn }) => urn));
  const left = resources
    .filter(({ urn }) => !gone.has(urn))
    .map((resource) => emptied({ ...withoutThose(resource, gone), protect: false, retainOnDelete: false }));
  return { ...stack, deployment: { ...stack.deployment, resources: left } };
}

function withoutThose(resource: Exported, gone: ReadonlySet<string>): Exported {
  const { dependencies, propertyDependencies } = resource;
  const rest = (urns: readonly string[] | null) => (urns ?? []).filter((urn) => !gone.has(urn));
  return {
    ...resource,
    ...(dependencies === undefined ? {} : { dependencies: rest(dependencies) }),
    ...(propertyDependencies === undefined
      ? {}
      : { propertyDependencies: Object.fromEntries(Object.entries(propertyDependencies).map(([name, urns]) => [name, rest(urns)])) }),
  };
}

/** Google deletes a bucket that holds something only where its own resource says so. */
function emptied(resource: Exported): Exported {
  if (resource.type !== "gcp:storage/bucket:Bucket") return resource;
  return { ...resource, inputs: { ...resource.inputs, forceDestroy: true }, outputs: { ...resource.outputs, forceDestroy: true } };
}

/** Whether a state still holds something that `pulumi destroy` would refuse or leave. */
export const isReleased = (resources: readonly Exported[]): boolean =>
  resources.every(({ protect, retainOnDelete }) => protect !== true && retainOnDelete !== true);

/** What a person can't get back once a home in the clouds is gone, by the state. Shape: one line each. */
export function lossesInClouds(resources: readonly Known[]): string[] {
  const say: Record<string, (values: Record<string, unknown>) => string> = {
    "oci:Core/volume:Volume": ({ displayName, sizeInGbs }) =>
      `the data volume ${shown(displayName)} (${shown(sizeInGbs)} GB): databases, jobs' files, tenants' homes`,
    "oci:Core/instance:Instance": ({ displayName }) => `the machine ${shown(displayName)} with its boot volume; Oracle may have no free one for another`,
    "oci:Core/publicIp:PublicIp": ({ ipAddress }) => `the reserved address ${shown(ipAddress)}`,
    "oci:ObjectStorage/bucket:Bucket": ({ name }) => `the bucket ${shown(name)} at Oracle, with every hourly snapshot and the databases' archive`,
    "gcp:storage/bucket:Bucket": ({ name }) => `the bucket ${shown(name)} at Google, with every daily snapshot`,
    "cloudflare:index/r2Bucket:R2Bucket": ({ name }) => `the bucket ${shown(name)} at Cloudflare, with every daily snapshot`,
    "cloudflare:index/dnsRecord:DnsRecord": ({ name, type }) => `the name ${shown(name)} (${shown(type)})`,
    "oci:Identity/customerSecretKey:CustomerSecretKey": () => "the key of the hourly backups",
    "gcp:serviceaccount/account:Account": ({ email }) => `the account ${shown(email)} and its keys`,
  };
  return resources.flatMap(({ type, inputs, outputs }) => {
    const line = say[type]?.({ ...inputs, ...outputs });
    return line === undefined ? [] : [line];
  });
}

const shown = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "(unknown)");
