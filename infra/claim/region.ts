import { z } from "zod";
import type { Candidate } from "./claim.ts";
import type { OracleApi } from "./oracle-api.ts";

export interface LaunchDetails {
  prefix: string;
  subnetId: string;
  imageId: string;
  authorizedKeys: readonly string[];
  /** Shape: text for cloud-init. */
  userData: string;
}

export interface RegionArgs {
  homeRegion: string;
  tenancyId: string;
  compartmentId: string;
  /** Where the API answers, for tests; Oracle's own addresses unless given. */
  endpoint?: string;
}

const named = z.array(z.looseObject({ name: z.string() }));
const instance = z.looseObject({
  id: z.string(),
  lifecycleState: z.string(),
  availabilityDomain: z.string(),
  faultDomain: z.string().optional(),
  shapeConfig: z.looseObject({ ocpus: z.number(), memoryInGBs: z.number() }),
});

/** One region of Oracle's, by the few calls that a claim makes. Source: Oracle's API reference, Core Services 20160918 and Identity 20160918. */
export class Region {
  readonly #api: OracleApi;
  readonly #args: RegionArgs;

  constructor(api: OracleApi, args: RegionArgs) {
    this.#api = api;
    this.#args = args;
  }

  /** The availability domains with the fault domains of each. */
  async domains(): Promise<{ name: string; faultDomains: string[] }[]> {
    const { tenancyId, compartmentId } = this.#args;
    const found = named.parse(await this.#api.ask({ method: "GET", url: this.#url("identity", "availabilityDomains", { compartmentId: tenancyId }) }));
    return Promise.all(
      found.map(async ({ name }) => {
        const url = this.#url("identity", "faultDomains", { compartmentId, availabilityDomain: name });
        return { name, faultDomains: named.parse(await this.#api.ask({ method: "GET", url })).map((domain) => domain.name) };
      }),
    );
  }

  /** Asks for a machine and answers with its id. Throws: OracleError; another Error where no answer came. */
  async launch(candidate: Candidate, details: LaunchDetails, retryToken: string): Promise<string> {
    const body = launchBody(candidate, details, this.#args.compartmentId);
    return instance.parse(await this.#api.ask({ method: "POST", url: this.#url("iaas", "instances", {}), body, retryToken })).id;
  }

  /** The home's machine, if there is one that was not given back. */
  async find(prefix: string): Promise<{ instanceId: string; candidate: Candidate } | undefined> {
    const url = this.#url("iaas", "instances", { compartmentId: this.#args.compartmentId, displayName: `${prefix}-vm` });
    const alive = z
      .array(instance)
      .parse(await this.#api.ask({ method: "GET", url }))
      .find(({ lifecycleState }) => !lifecycleState.startsWith("TERMINAT"));
    if (alive === undefined) return undefined;
    const { id, availabilityDomain, faultDomain, shapeConfig } = alive;
    return { instanceId: id, candidate: { availabilityDomain, faultDomain, ocpus: shapeConfig.ocpus, memoryGb: shapeConfig.memoryInGBs } };
  }

  #url(service: "iaas" | "identity", path: string, query: Record<string, string>): string {
    const { endpoint, homeRegion } = this.#args;
    const base = endpoint ?? `https://${service}.${homeRegion}.oraclecloud.com`;
    const search = new URLSearchParams(query).toString();
    return `${base}/20160918/${path}${search === "" ? "" : `?${search}`}`;
  }
}

/** The same machine as the program's, so that the program takes it over without a change. */
function launchBody({ availabilityDomain, faultDomain, ocpus, memoryGb }: Candidate, details: LaunchDetails, compartmentId: string) {
  const { prefix, subnetId, imageId, authorizedKeys, userData } = details;
  return {
    compartmentId,
    availabilityDomain,
    ...(faultDomain === undefined ? {} : { faultDomain }),
    displayName: `${prefix}-vm`,
    freeformTags: { "freehold.stack": prefix },
    shape: "VM.Standard.A1.Flex",
    shapeConfig: { ocpus, memoryInGBs: memoryGb },
    sourceDetails: { sourceType: "image", imageId, bootVolumeSizeInGBs: 50, bootVolumeVpusPerGB: 10 },
    createVnicDetails: { subnetId, assignPublicIp: false, assignIpv6Ip: true, hostnameLabel: "home" },
    metadata: { ssh_authorized_keys: authorizedKeys.join("\n"), user_data: Buffer.from(userData).toString("base64") },
    instanceOptions: { areLegacyImdsEndpointsDisabled: true },
    availabilityConfig: { recoveryAction: "RESTORE_INSTANCE" },
  };
}
