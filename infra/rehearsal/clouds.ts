import { kinds, type Kind, type Properties } from "./kinds.ts";

export interface Resource {
  id: string;
  type: string;
  inputs: Properties;
  outputs: Properties;
  /** Of a data volume: what the machines did with it. */
  disk?: { formatted: number; written: string };
}

export interface Clouds {
  /** How many resources were ever made: ids are never used twice. */
  made: number;
  resources: Record<string, Resource>;
}

/** Units: OCPU and GB of the free account; keys of one user. */
const allowance = { ocpus: 2, memoryInGbs: 12, blockGb: 200, vcns: 2, secretKeys: 2 };

export const emptyClouds = (): Clouds => ({ made: 0, resources: {} });

/** A cloud's refusal, in its own words. */
export class Refusal extends Error {}

/** Makes a resource. Throws: Refusal for what the cloud would refuse. */
export function createResource(clouds: Clouds, type: string, inputs: Properties): { clouds: Clouds; resource: Resource } {
  const kind = check(type, inputs);
  const others = Object.values(clouds.resources).filter((other) => other.type === type);
  const unique = kind.unique ?? [];
  const taken = unique.length > 0 && others.some((other) => unique.every((name) => inputs[name] !== undefined && same(other.inputs[name], inputs[name])));
  if (taken) throw new Refusal(`409-Conflict, ${type} with ${unique.map((name) => `${name} ${JSON.stringify(inputs[name])}`).join(" and ")} already exists`);
  const made = clouds.made + 1;
  const id = kind.id?.(inputs) ?? `${type.split(":").at(-1)?.toLowerCase()}-${made}`;
  const resource = { id, type, inputs, outputs: { ...inputs, ...kind.outputs?.(id, inputs) } };
  const next = { made, resources: { ...clouds.resources, [id]: resource } };
  checkLimits(next);
  return { clouds: type === "command:remote:Command" ? withDisksInUse(next) : next, resource };
}

/** A machine that answers has its data volume in use: one that nothing was ever written to was formatted, any other one was not touched. */
function withDisksInUse(clouds: Clouds): Clouds {
  const attached = new Set(findResources(clouds, "oci:Core/volumeAttachment:VolumeAttachment", {}).map(({ inputs }) => inputs["volumeId"]));
  const inUse = (resource: Resource): Resource =>
    attached.has(resource.id) && resource.disk === undefined ? { ...resource, disk: { formatted: 1, written: `data of ${resource.id}` } } : resource;
  return { ...clouds, resources: Object.fromEntries(Object.entries(clouds.resources).map(([id, resource]) => [id, inUse(resource)])) };
}

/** Changes a resource in place. Throws: Refusal. */
export function updateResource(clouds: Clouds, id: string, inputs: Properties): { clouds: Clouds; resource: Resource } {
  const old = clouds.resources[id];
  if (old === undefined) throw new Refusal(`404-NotAuthorizedOrNotFound, ${id}`);
  const kind = check(old.type, inputs);
  const resource = { ...old, inputs, outputs: { ...inputs, ...kind.outputs?.(id, inputs) } };
  const next = { ...clouds, resources: { ...clouds.resources, [id]: resource } };
  checkLimits(next);
  return { clouds: next, resource };
}

/** Takes a resource away, and what falls with it; a bucket that holds something only where it is forced. Throws: Refusal where others still stand on it. */
export function deleteResource(clouds: Clouds, id: string, forced = false): Clouds {
  const { [id]: gone, ...resources } = clouds.resources;
  if (gone === undefined) return clouds;
  const rest = Object.values(resources);
  const holds = kinds[gone.type]?.holds ?? [];
  const held = rest.find(({ inputs }) => holds.some((name) => inputs[name] === id));
  if (held !== undefined) throw new Refusal(`409-Conflict, ${id} is in use by ${held.id}`);
  if (Number(gone.outputs["objects"] ?? 0) > 0 && !forced) throw new Refusal(`409-BucketNotEmpty, ${id} has objects`);
  const left = rest.filter((resource) => !fallsWith(gone, resource)).map((resource) => (isAddressOf(gone, resource) ? withoutMachine(resource) : resource));
  return { ...clouds, resources: Object.fromEntries(left.map((resource) => [resource.id, resource])) };
}

/** An attachment goes with either end of it; Docker's own folder lies on the data volume. */
function fallsWith({ id, type }: Resource, other: Resource): boolean {
  if (other.type === "oci:Core/volumeAttachment:VolumeAttachment") return other.inputs["instanceId"] === id || other.inputs["volumeId"] === id;
  return type === "oci:Core/volume:Volume" && other.type.startsWith("docker:");
}

/** A reserved address outlives the machine that it led to. */
const isAddressOf = ({ id, type }: Resource, { type: otherType, inputs }: Resource): boolean =>
  type === "oci:Core/instance:Instance" && otherType === "oci:Core/publicIp:PublicIp" && inputs["privateIpId"] === privateIpOf(id);

function withoutMachine(address: Resource): Resource {
  const { privateIpId: _input, ...inputs } = address.inputs;
  const { privateIpId: _output, ...outputs } = address.outputs;
  return { ...address, inputs, outputs };
}

export const privateIpOf = (instanceId: string): string => `ocid1.privateip.oc1..${instanceId}`;

/** What the clouds have of a type, with the given values. */
export function findResources(clouds: Clouds, type: string, wanted: Properties): Resource[] {
  const entries = Object.entries(wanted).filter(([, value]) => value !== undefined && value !== null);
  return Object.values(clouds.resources).filter(
    (resource) => resource.type === type && entries.every(([name, value]) => same(resource.outputs[name] ?? value, value)),
  );
}

/** What changed between what is and what is wanted, and what of it needs a new resource. */
export function diffInputs(type: string, olds: Properties, news: Properties): { changed: string[]; replaces: string[] } {
  const kind = kindOf(type);
  const names = new Set([...Object.keys(news), ...(kind.immutable ?? []).map((path) => path.split(".")[0] ?? "")]);
  const changed = [...names].filter((name) => news[name] !== undefined && !same(olds[name], news[name]));
  const replaces = (kind.immutable ?? []).filter((path) => at(news, path) !== undefined && !same(at(olds, path), at(news, path)));
  return { changed, replaces: [...new Set(replaces.map((path) => path.split(".")[0] ?? path))] };
}

/** Throws: Refusal that names the first thing that is wrong. */
export function check(type: string, inputs: Properties): Kind {
  const kind = kindOf(type);
  for (const name of kind.required) if (inputs[name] === undefined || inputs[name] === null) throw new Refusal(`400-MissingParameter, ${type} needs ${name}`);
  for (const [path, values] of Object.entries(kind.allowed ?? {})) {
    const value = at(inputs, path);
    if (typeof value === "string" && !isUnknown(value) && !values.includes(value))
      throw new Refusal(`400-InvalidParameter, ${path} is ${value}; one of ${values.join(", ")}`);
  }
  for (const [path, [least, most]] of Object.entries(kind.bounds ?? {})) {
    const value = at(inputs, path);
    if (value !== undefined && !isUnknown(value) && !(Number(value) >= least && Number(value) <= most))
      throw new Refusal(`400-InvalidParameter, ${path} is ${JSON.stringify(value)}; ${least} to ${most}`);
  }
  return kind;
}

function kindOf(type: string): Kind {
  const kind = kinds[type];
  if (kind === undefined) throw new Refusal(`${type} is not simulated; infra/rehearsal/kinds.ts lists what is`);
  return kind;
}

function checkLimits({ resources }: Clouds): void {
  const all = (type: string) => Object.values(resources).filter((resource) => resource.type === type);
  const sum = (values: unknown[]) => values.reduce<number>((total, value) => total + Number(value ?? 0), 0);
  const instances = all("oci:Core/instance:Instance");
  for (const what of ["ocpus", "memoryInGbs"] as const)
    if (sum(instances.map(({ inputs }) => at(inputs, `shapeConfig.${what}`))) > allowance[what])
      throw new Refusal(`400-LimitExceeded, the limit standard-a1-${what === "ocpus" ? "core" : "memory"}-count is ${allowance[what]}`);
  const boot = sum(instances.map(({ inputs }) => at(inputs, "sourceDetails.bootVolumeSizeInGbs") ?? 50));
  if (boot + sum(all("oci:Core/volume:Volume").map(({ inputs }) => inputs["sizeInGbs"] ?? 1_024)) > allowance.blockGb)
    throw new Refusal(`400-LimitExceeded, the limit total-storage-gb is ${allowance.blockGb}`);
  for (const { id } of all("oci:Identity/user:User"))
    if (all("oci:Identity/customerSecretKey:CustomerSecretKey").filter(({ inputs }) => inputs["userId"] === id).length > allowance.secretKeys)
      throw new Refusal(`400-LimitExceeded, user ${id} has ${allowance.secretKeys} customer secret keys; delete one`);
  if (all("oci:Core/vcn:Vcn").length > allowance.vcns) throw new Refusal(`400-LimitExceeded, the limit vcn-count is ${allowance.vcns}`);
}

/** How the engine marks what a preview doesn't know. */
const isUnknown = (value: unknown) => value === "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const at = (properties: Properties, path: string): unknown =>
  path.split(".").reduce<unknown>((value, step) => (typeof value === "object" && value !== null ? (value as Properties)[step] : undefined), properties);

/** Order of keys does not count; what the engine adds to a value (`__…`) neither. */
function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null);
  return Object.fromEntries(entries.toSorted(([one], [two]) => (one < two ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]));
}
