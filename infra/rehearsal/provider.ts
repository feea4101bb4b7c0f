/**
 * Oracle, Google and Cloudflare, simulated: one process that the engine takes for their providers, through
 * PULUMI_DEBUG_PROVIDERS="oci:<port>,gcp:<port>,…". It prints its port; what exists is kept in the file FREEHOLD_CLOUDS,
 * and FREEHOLD_FAULTS names what goes wrong, such as `out-of-capacity=2`: the first two VMs can't be had.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { main, type Provider } from "@pulumi/pulumi/provider/index.js";
import { check, createResource, deleteResource, diffInputs, emptyClouds, Refusal, updateResource, type Clouds } from "./clouds.ts";
import type { Properties } from "./kinds.ts";

const file = process.env["FREEHOLD_CLOUDS"];
if (file === undefined) throw new Error("FREEHOLD_CLOUDS must name the file that keeps the simulated clouds.");
const faults = new Map((process.env["FREEHOLD_FAULTS"] ?? "").split(",").map((fault) => [fault.split("=")[0], Number(fault.split("=")[1] ?? 1)] as const));

const load = (): Clouds => (existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Clouds) : emptyClouds());

/** In one step, so that a kill leaves the old state or the new one. */
function save(clouds: Clouds): void {
  writeFileSync(`${file}.draft`, JSON.stringify(clouds, null, 1));
  renameSync(`${file}.draft`, file as string);
}

/** The type in a URN: what stands before the name, without its parents. */
const typeOf = (urn: string) => urn.split("::").at(-2)?.split("$").at(-1) ?? "";

/** Whether a fault strikes now; each does so as often as it was asked for. */
function strikes(fault: string): boolean {
  const left = faults.get(fault) ?? 0;
  faults.set(fault, left - 1);
  return left > 0;
}

const answers: Record<string, Properties> = {
  "oci:Core/getVnicAttachments:getVnicAttachments": { vnicAttachments: [{ vnicId: "ocid1.vnic.oc1..1" }] },
  "oci:Core/getPrivateIps:getPrivateIps": { privateIps: [{ id: "ocid1.privateip.oc1..1" }] },
  "oci:ObjectStorage/getNamespace:getNamespace": { namespace: "home" },
  "oci:Identity/getRegionSubscriptions:getRegionSubscriptions": { regionSubscriptions: [{ isHomeRegion: true, regionName: "eu-zurich-1" }] },
};

const clouds: Provider = {
  version: "1.0.0",
  async check(urn, _olds, news) {
    try {
      check(typeOf(urn), news);
      return { inputs: news };
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      return { inputs: news, failures: [{ property: "", reason: thrown.message }] };
    }
  },
  async diff(_id, urn, olds, news) {
    const { changed, replaces } = diffInputs(typeOf(urn), olds, news);
    return { changes: changed.length > 0, replaces, deleteBeforeReplace: false };
  },
  async create(urn, inputs) {
    const type = typeOf(urn);
    if (type === "oci:Core/instance:Instance" && strikes("out-of-capacity")) throw new Error("500-InternalError, Out of host capacity.");
    const { clouds: next, resource } = createResource(load(), type, inputs);
    save(next);
    if (type === "oci:Core/instance:Instance" && strikes("lost-answer")) throw new Error("504-Timeout, no answer within 60 s");
    return { id: resource.id, outs: resource.outputs };
  },
  async read(id, _urn, props) {
    const found = load().resources[id];
    return found === undefined ? { id: "", props: {} } : { id, props: { ...props, ...found.outputs }, inputs: found.inputs };
  },
  async update(id, _urn, _olds, news) {
    const { clouds: next, resource } = updateResource(load(), id, news);
    save(next);
    return { outs: resource.outputs };
  },
  async delete(id) {
    save(deleteResource(load(), id));
  },
  async invoke(token) {
    const outputs = answers[token];
    if (outputs === undefined) throw new Error(`${token} is not simulated; infra/rehearsal/provider.ts lists what is`);
    return { outputs };
  },
};

// Nobody is told of the log: the engine that attaches brings its own.
await main(clouds, ["127.0.0.1:1"]);
