/**
 * The names under which Pulumi's docker package and the bridged upstream provider know the same things.
 *
 * Pulumi's package was named by hand in a few places; the bridge names everything by rule. All else is equal.
 * Source: `@pulumi/docker` 5.2.0 beside the schema that the bridge derives from terraform-provider-docker (November 2026).
 */
import type { Message } from "../wire.ts";

export type Direction = "toBridge" | "toEngine";

const PULUMI_IMAGE = "docker:index/image:Image";
const REMOTE_IMAGE = "docker:index/remoteImage:RemoteImage";

const TYPES: readonly (readonly [engine: string, bridge: string])[] = [
  [REMOTE_IMAGE, PULUMI_IMAGE],
  ["docker:index/serviceConfig:ServiceConfig", "docker:index/config:Config"],
  ["docker:index/getRemoteImage:getRemoteImage", "docker:index/getImage:getImage"],
];

export const CONTAINER = "docker:index/container:Container";
export const PROVIDER_TYPE = "pulumi:providers:docker";
const PROPERTIES: Readonly<Record<string, readonly (readonly [engine: string, bridge: string])[]>> = {
  [CONTAINER]: [
    ["command", "commands"],
    ["networksAdvanced", "networksAdvanceds"],
  ],
  [PROVIDER_TYPE]: [["registryAuth", "registryAuths"]],
};

/** Throws: when the type exists only in Pulumi's own docker provider, which cannot be built from Go modules. */
export function refuseUnavailable(type: string): void {
  if (type !== PULUMI_IMAGE) return;
  throw new Error(`${PULUMI_IMAGE} is not part of the bridged docker provider: build images with docker.RemoteImage and its "build" argument`);
}

export function renameType(type: string, direction: Direction): string {
  const pair = TYPES.find((names) => from(names, direction) === type);
  return pair ? to(pair, direction) : type;
}

/** Renames the types in a URN: the resource's own, and those of its parents before each `$`. */
export function renameUrn(urn: string, direction: Direction): string {
  const parts = urn.split("::");
  const qualified = parts[2];
  if (qualified === undefined) return urn;
  const types = qualified.split("$");
  parts[2] = types.map((type) => renameType(type, direction)).join("$");
  return parts.join("::");
}

/** The type of the resource that a URN names. */
export function typeOfUrn(urn: string): string {
  return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}

/** Renames the first segment of a property path such as `networksAdvanced[0].aliases`. */
export function renamePath(path: string, type: string, direction: Direction): string {
  const [, head = "", tail = ""] = /^([^.[]*)(.*)$/s.exec(path) ?? [];
  const pair = (PROPERTIES[type] ?? []).find((names) => from(names, direction) === head);
  return pair ? to(pair, direction) + tail : path;
}

/** What of a protobuf map the renaming needs. */
type FieldMap = { has(key: string): boolean; get(key: string): unknown; set(key: string, value: unknown): unknown; del(key: string): unknown };

/** Renames the top-level fields of a protobuf struct or the keys of any protobuf map, in place. */
export function renameFields(fields: FieldMap, type: string, direction: Direction): void {
  for (const names of PROPERTIES[type] ?? []) {
    const source = from(names, direction);
    if (!fields.has(source)) continue;
    fields.set(to(names, direction), fields.get(source));
    fields.del(source);
  }
}

/** Renames everything that a request (to the bridge) or an answer (to the engine) carries, in place. */
export function renameMessage(message: Message, type: string, direction: Direction): void {
  const call = (name: string, ...args: unknown[]): unknown => (message[name] as ((...a: unknown[]) => unknown) | undefined)?.apply(message, args);
  if (message["setUrn"]) call("setUrn", renameUrn(call("getUrn") as string, direction));
  if (message["setType"]) call("setType", renameType(call("getType") as string, direction));
  for (const name of ["Olds", "News", "Properties", "Inputs", "OldInputs", "OldOutputs", "Args"]) {
    const struct = call(`get${name}`) as { getFieldsMap(): FieldMap } | undefined;
    if (struct) renameFields(struct.getFieldsMap(), type, direction);
  }
  for (const name of ["Ignorechanges", "Replaces", "Stables", "Diffs"]) {
    const paths = call(`get${name}List`) as string[] | undefined;
    if (paths)
      call(
        `set${name}List`,
        paths.map((path) => renamePath(path, type, direction)),
      );
  }
  renameKeys(call("getDetaileddiffMap") as KeyedMap | undefined, (path) => renamePath(path, type, direction));
  renameKeys(call("getVariablesMap") as KeyedMap | undefined, (key) => renameVariable(key, direction));
  for (const failure of (call("getFailuresList") as Failure[] | undefined) ?? []) {
    failure.setProperty(renamePath(failure.getProperty(), type, direction));
  }
}

type KeyedMap = FieldMap & { forEach(visit: (entry: unknown, key: string) => void): void };
type Failure = { getProperty(): string; setProperty(property: string): void };

function renameKeys(map: KeyedMap | undefined, rename: (key: string) => string): void {
  const found: [string, unknown][] = [];
  map?.forEach((entry, key) => found.push([key, entry]));
  for (const [key, entry] of found.filter(([key]) => rename(key) !== key)) {
    map?.del(key);
    map?.set(rename(key), entry);
  }
}

/** Renames a provider setting such as `docker:config:registryAuth`. */
function renameVariable(key: string, direction: Direction): string {
  const prefix = "docker:config:";
  return key.startsWith(prefix) ? prefix + renamePath(key.slice(prefix.length), PROVIDER_TYPE, direction) : key;
}

function from([engine, bridge]: readonly [string, string], direction: Direction): string {
  return direction === "toBridge" ? engine : bridge;
}

function to([engine, bridge]: readonly [string, string], direction: Direction): string {
  return direction === "toBridge" ? bridge : engine;
}
