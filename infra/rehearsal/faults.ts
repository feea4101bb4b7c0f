import { deleteResource, type Clouds, type Resource } from "./clouds.ts";

/** What goes wrong in clouds, by name. Those of a call strike while Pulumi works; the others have happened before it begins. */
export const faultNames = [
  /** Oracle has no free machine. */
  "out-of-capacity",
  /** Any cloud is asked too often. */
  "too-many-requests",
  /** What was asked for was made, and the answer to that is lost. */
  "lost-answer",
  /** The owner's own quotas refuse the machine. */
  "quota-exceeded",
  /** A bucket can't be made, though nothing is wrong with what was asked. */
  "refused-bucket",
  /** The names' cloud takes its time. */
  "slow-dns",
  /** Oracle has stopped the machine for being idle. */
  "reclaimed-vm",
  /** Oracle has taken the machine away. */
  "terminated-vm",
  /** The data volume is gone, with all that was on it. */
  "lost-volume",
] as const;
type FaultName = (typeof faultNames)[number];

export interface Fault {
  name: FaultName;
  /** How often it strikes. */
  times: number;
  /** How many calls that it could strike are spared first. */
  spare: number;
  /** Only calls about resources whose type holds this. Shape: `Instance`. */
  of?: string;
}

/** Units: milliseconds. How long an answer about names takes where they are slow. */
const slowMs = 2_000;

const machine = "oci:Core/instance:Instance";
const volume = "oci:Core/volume:Volume";

/**
 * Reads what is to go wrong.
 * Shape: `out-of-capacity=2,lost-answer=1@3`: the first two machines can't be had, and the answer to the fourth thing made is lost;
 * `lost-answer/Volume`: that to the first volume; `seed=7`: up to three faults, drawn by that number. Throws: Error for a name that is none.
 */
export function readFaults(text: string): Fault[] {
  return text
    .split(",")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [, name = "", times = "1", spare = "0", of] = /^([a-z-]+)(?:=(\d+))?(?:@(\d+))?(?:\/([\w:]+))?$/.exec(part) ?? [];
      if (name === "seed") return drawFaults(Number(times));
      const known = faultNames.find((fault) => fault === name);
      if (known === undefined) throw new Error(`"${part}" is no fault; there are ${faultNames.join(", ")}, and seed=<number>`);
      return [{ name: known, times: Number(times), spare: Number(spare), ...(of === undefined ? {} : { of }) }];
    });
}

export const writeFaults = (faults: readonly Fault[]): string =>
  faults.map(({ name, times, spare, of }) => `${name}=${times}@${spare}${of === undefined ? "" : `/${of}`}`).join(",");

/** The same number always draws the same faults. */
export function drawFaults(seed: number): Fault[] {
  const random = seeded(seed);
  const below = (most: number) => Math.floor(random() * most);
  return Array.from({ length: 1 + below(3) }, () => {
    const name = faultNames[below(faultNames.length)] ?? "lost-answer";
    const anyCall = name === "lost-answer" || name === "too-many-requests";
    return { name, times: 1 + below(2), spare: anyCall ? below(40) : 0 };
  });
}

/** Numbers from 0 to 1, the same for the same seed. Source: mulberry32, in the public domain. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a cloud says where a fault strikes. */
type Refusals = Partial<Record<FaultName, string>>;

const words: Refusals = {
  "out-of-capacity": "500-InternalError, Out of host capacity.",
  "too-many-requests": "429-TooManyRequests, Too many requests for the user.",
  "quota-exceeded": "400-QuotaExceeded, a quota policy of the compartment refuses standard-a1-core-count.",
  "refused-bucket": "503-ServiceUnavailable, the bucket can't be made now.",
};

/** The faults of one run: each strikes as often as it was asked for. */
export class Strikes {
  readonly #left: Fault[];

  constructor(faults: readonly Fault[]) {
    this.#left = faults.map((fault) => ({ ...fault }));
  }

  /** What refuses a call. */
  refusal(call: "create" | "read" | "update" | "delete" | "look-up", type: string): string | undefined {
    if (!isCloud(type)) return undefined;
    const makesVm = call === "create" && type === machine;
    const names: FaultName[] = [
      ...(makesVm ? (["out-of-capacity", "quota-exceeded"] as const) : []),
      ...(call === "create" && /[bB]ucket:[A-Z][A-Za-z0-9]*ucket$/.test(type) ? (["refused-bucket"] as const) : []),
      "too-many-requests",
    ];
    const struck = names.find((name) => this.#strikes(name, type));
    return struck === undefined ? undefined : words[struck];
  }

  /** Whether the answer to what was just made is lost. */
  losesAnswer(type: string): boolean {
    return isCloud(type) && this.#strikes("lost-answer", type);
  }

  /** Units: milliseconds. */
  delay(type: string): number {
    return type.startsWith("cloudflare:") && this.#strikes("slow-dns", type) ? slowMs : 0;
  }

  /** What has happened to a home since it was last looked at. */
  before(clouds: Clouds): Clouds {
    let next = clouds;
    if (this.#strikes("reclaimed-vm", machine))
      next = withMachine(next, (vm) => ({ ...vm, inputs: { ...vm.inputs, state: "STOPPED" }, outputs: { ...vm.outputs, state: "STOPPED" } }));
    if (this.#strikes("terminated-vm", machine)) next = without(next, machine);
    if (this.#strikes("lost-volume", volume)) next = without(next, volume);
    return next;
  }

  #strikes(name: FaultName, type: string): boolean {
    const fault = this.#left.find((one) => one.name === name && one.times > 0 && type.includes(one.of ?? ""));
    if (fault === undefined) return false;
    if (fault.spare > 0) {
      fault.spare--;
      return false;
    }
    fault.times--;
    return true;
  }
}

const isCloud = (type: string): boolean => /^(oci|gcp|cloudflare):/.test(type);

function withMachine(clouds: Clouds, change: (vm: Resource) => Resource): Clouds {
  const resources = Object.entries(clouds.resources).map(([id, resource]) => [id, resource.type === machine ? change(resource) : resource] as const);
  return { ...clouds, resources: Object.fromEntries(resources) };
}

function without(clouds: Clouds, type: string): Clouds {
  const gone = Object.values(clouds.resources).filter((resource) => resource.type === type);
  return gone.reduce((rest, { id }) => deleteResource(rest, id), clouds);
}
