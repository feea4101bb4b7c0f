import { generateKeyPairSync } from "node:crypto";
import type { Resource } from "./clouds.ts";
import type { Properties } from "./kinds.ts";
import { attachDisk, detachDisk, giveAddress, removeMachine, startMachine, stateOf, switchMachine } from "./machine.ts";
import { setName } from "./site.ts";

/** What really happens where a cloud is told something: each answers with what the resource's outputs have more for it. */
export interface Effects {
  created(resource: Resource, all: Record<string, Resource>): Promise<Properties>;
  updated(resource: Resource, all: Record<string, Resource>): Promise<Properties>;
  looked(resource: Resource): Promise<Properties>;
  deleted(resource: Resource): Promise<void>;
}

const nothing = async () => ({});

/** Clouds on paper: what exists is noted, and nothing happens. */
const onPaper: Effects = { created: nothing, updated: nothing, looked: nothing, deleted: async () => {} };

/** With the name of a rehearsal, VMs are containers, volumes are disks, and names lead somewhere. */
export const effectsOf = (rehearsal: string | undefined): Effects => (rehearsal === undefined ? onPaper : real(rehearsal));

type Effect = (rehearsal: string, resource: Resource, all: Record<string, Resource>) => Promise<Properties | void>;
type Kinds = Partial<Record<"created" | "updated" | "looked" | "deleted", Effect>>;

const address: Effect = async (rehearsal, { inputs, outputs }) => {
  const instance = instanceOf(inputs["privateIpId"]);
  if (instance !== undefined) await giveAddress({ rehearsal, id: instance }, String(outputs["ipAddress"]));
};

const record: Effect = (rehearsal, { id, inputs }) => setName(rehearsal, id, { name: String(inputs["name"]), address: String(inputs["content"]) });

const kinds: Record<string, Kinds> = {
  "oci:Core/instance:Instance": {
    created: (rehearsal, resource) => startMachine({ rehearsal, id: resource.id, ...machineOf(resource.inputs) }),
    updated: async (rehearsal, { id, inputs }) => {
      const wanted = inputs["state"] !== "STOPPED";
      if (((await stateOf({ rehearsal, id })) === "RUNNING") !== wanted) await switchMachine({ rehearsal, id }, wanted);
    },
    looked: async (rehearsal, { id }) => ({ state: await stateOf({ rehearsal, id }) }),
    deleted: (rehearsal, { id }) => removeMachine({ rehearsal, id }),
  },
  "oci:Core/volumeAttachment:VolumeAttachment": {
    created: (rehearsal, { inputs }, all) => {
      const [volumeId, id] = [String(inputs["volumeId"]), String(inputs["instanceId"])];
      return attachDisk({ rehearsal, id }, volumeId, Number(all[volumeId]?.inputs["sizeInGbs"] ?? 50));
    },
    deleted: (rehearsal, { inputs }) => detachDisk({ rehearsal, id: String(inputs["instanceId"]) }),
  },
  "oci:Core/publicIp:PublicIp": { created: address, updated: address },
  "cloudflare:index/dnsRecord:DnsRecord": {
    created: record,
    updated: record,
    deleted: (rehearsal, { id, inputs }) => setName(rehearsal, id, { name: String(inputs["name"]), address: undefined }),
  },
  "gcp:serviceaccount/key:Key": { created: async (_rehearsal, { inputs }) => ({ privateKey: googleKey(String(inputs["serviceAccountId"])) }) },
};

function real(rehearsal: string): Effects {
  const happens =
    (what: keyof Kinds) =>
    async (resource: Resource, all: Record<string, Resource> = {}) =>
      (await kinds[resource.type]?.[what]?.(rehearsal, resource, all)) ?? {};
  return {
    created: happens("created"),
    updated: happens("updated"),
    looked: happens("looked"),
    deleted: async (resource) => void (await happens("deleted")(resource)),
  };
}

/** How the engine marks a secret on its way. Source: Pulumi's sdk/nodejs/runtime/rpc.ts. */
const plain = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "4dabf18193072939515e22adb298388d" in value ? (value as { value?: unknown }).value : value;

function machineOf(inputs: Properties) {
  const metadata = (plain(inputs["metadata"]) ?? {}) as Properties;
  const { ocpus, memoryInGbs } = (plain(inputs["shapeConfig"]) ?? {}) as { ocpus?: number; memoryInGbs?: number };
  return {
    userData: Buffer.from(String(plain(metadata["user_data"]) ?? ""), "base64").toString("utf8"),
    authorizedKeys: String(plain(metadata["ssh_authorized_keys"]) ?? "").split("\n"),
    ocpus: ocpus ?? 1,
    memoryGb: memoryInGbs ?? 6,
  };
}

/** Each machine's private address carries its id. */
function instanceOf(privateIp: unknown): string | undefined {
  return typeof privateIp === "string" && privateIp !== "" ? privateIp.split("..")[1] : undefined;
}

/** A service account's key as Google gives it, with which its libraries ask for a token. */
function googleKey(account: string): string {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const email = account.split("/").at(-1) ?? account;
  const key = {
    type: "service_account",
    project_id: "rehearsal",
    private_key_id: "1",
    private_key: privateKey,
    client_email: email,
    client_id: "1",
    token_uri: "https://oauth2.googleapis.com/token",
  };
  return Buffer.from(JSON.stringify(key)).toString("base64");
}
