/**
 * Oracle, Google and Cloudflare, simulated: one process that the engine takes for their providers, through
 * PULUMI_DEBUG_PROVIDERS="oci:<port>,gcp:<port>,…". It prints its port; what exists is kept in the file FREEHOLD_CLOUDS,
 * and FREEHOLD_FAULTS names what goes wrong, such as `out-of-capacity=2`: the first two VMs can't be had. faults.ts has the names.
 * FREEHOLD_REHEARSAL names a rehearsal, in which VMs, disks and names are real: containers of this computer.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import { main, type Provider } from "@pulumi/pulumi/provider/index.js";
import { endWithParent } from "../engine/plugins/end-with-parent.ts";
import { check, createResource, deleteResource, diffInputs, emptyClouds, Refusal, updateResource, type Clouds, type Resource } from "./clouds.ts";
import { effectsOf } from "./effects.ts";
import { readFaults, Strikes } from "./faults.ts";
import type { Properties } from "./kinds.ts";
import { lookUp } from "./look-ups.ts";

const file = process.env["FREEHOLD_CLOUDS"];
if (file === undefined) throw new Error("FREEHOLD_CLOUDS must name the file that keeps the simulated clouds.");
const strikes = new Strikes(readFaults(process.env["FREEHOLD_FAULTS"] ?? ""));

const load = (): Clouds => (existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Clouds) : emptyClouds());

/** In one step, so that a kill leaves the old state or the new one. */
function save(clouds: Clouds): void {
  writeFileSync(`${file}.draft`, JSON.stringify(clouds, null, 1));
  renameSync(`${file}.draft`, file as string);
}

/** The type in a URN: what stands before the name, without its parents. */
const typeOf = (urn: string) => urn.split("::").at(-2)?.split("$").at(-1) ?? "";

/** Refuses a call that a fault strikes. Throws: Error in the cloud's words. */
function pass(call: Parameters<Strikes["refusal"]>[0], type: string): void {
  const refusal = strikes.refusal(call, type);
  if (refusal !== undefined) throw new Error(refusal);
}

/** Cloudflare's records are imported by `<zone>/<record>`. */
const ownId = (id: string): string => (/^[0-9a-f]{32}\//.test(id) ? (id.split("/")[1] ?? id) : id);

const effects = effectsOf(process.env["FREEHOLD_REHEARSAL"]);

/** Lets happen what follows from a change that is noted already; what it adds to the resource is noted, too. */
async function follow(how: "created" | "updated", resource: Resource): Promise<Properties> {
  const more = await effects[how](resource, load().resources);
  if (Object.keys(more).length === 0) return resource.outputs;
  const outputs = { ...resource.outputs, ...more };
  const clouds = load();
  save({ ...clouds, resources: { ...clouds.resources, [resource.id]: { ...resource, outputs } } });
  return outputs;
}

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
    pass("create", type);
    await delay(strikes.delay(type));
    const { clouds: next, resource } = createResource(load(), type, inputs);
    save(next);
    const outs = await follow("created", resource).catch((thrown: unknown) => {
      save(deleteResource(load(), resource.id));
      throw thrown;
    });
    if (strikes.losesAnswer(type)) throw new Error("504-Timeout, no answer within 60 s");
    return { id: resource.id, outs };
  },
  async read(id, urn, props) {
    pass("read", typeOf(urn));
    const found = load().resources[ownId(id)];
    const seen = found === undefined ? {} : await effects.looked(found);
    if (found === undefined || seen["state"] === "TERMINATED") return { id: "", props: {} };
    return { id: found.id, props: { ...props, ...found.outputs, ...seen }, inputs: { ...found.inputs, ...seen } };
  },
  async update(id, urn, _olds, news) {
    pass("update", typeOf(urn));
    await delay(strikes.delay(typeOf(urn)));
    const { clouds: next, resource } = updateResource(load(), id, news);
    save(next);
    return { outs: await follow("updated", resource) };
  },
  async delete(id, urn, props: Properties) {
    pass("delete", typeOf(urn));
    const found = load().resources[id];
    if (found !== undefined) await effects.deleted(found);
    // By the state, as Google's own provider does: what the cloud has of it is never asked.
    save(deleteResource(load(), id, props["forceDestroy"] === true));
  },
  async invoke(token, inputs) {
    pass("look-up", token);
    return { outputs: lookUp(load(), token, inputs) };
  },
};

// An import asks for a resource of which the engine has no properties yet; the SDK's server (3.270) takes it for granted that it has some.
const inPulumi = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
const { ReadRequest } = inPulumi("./proto/provider_pb.js") as { ReadRequest: { prototype: { getProperties(): unknown } } };
const { Struct } = inPulumi("google-protobuf/google/protobuf/struct_pb.js") as { Struct: new () => unknown };
const given = Object.getOwnPropertyDescriptor(ReadRequest.prototype, "getProperties")?.value as (this: unknown) => unknown;
ReadRequest.prototype.getProperties = function (this: unknown) {
  return given.call(this) ?? new Struct();
};

save(strikes.before(load()));
endWithParent();
// Nobody is told of the log: the engine that attaches brings its own.
await main(clouds, ["127.0.0.1:1"]);
