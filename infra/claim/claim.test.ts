import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { candidatesOf, claim, type Claiming, type ClaimState } from "./claim.ts";
import { OracleApi } from "./oracle-api.ts";
import { Region } from "./region.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

/** How the simulated cloud answers the next request for a machine. */
type Fault = "out of capacity" | "too many" | "limit" | "quota" | "made, no answer" | "nothing, no answer" | "cut off";

interface Instance {
  id: string;
  token: string;
  displayName: string;
  body: Record<string, unknown>;
}

/** Oracle's Compute and Identity, as far as a claim asks them: signatures, tokens of retries and refusals in Oracle's words. */
class Cloud {
  readonly instances: Instance[] = [];
  readonly asked: string[] = [];
  readonly faults: Fault[] = [];
  readonly server: Server = createServer((request, response) => {
    void this.#answer(request).then(([status, body]) => {
      if (status === 0) return request.socket.destroy();
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async #answer(request: IncomingMessage): Promise<[number, unknown]> {
    const text = Buffer.concat(await request.toArray()).toString();
    if (!isSigned(request)) return [401, { code: "NotAuthenticated", message: "The required information to complete authentication was not provided." }];
    const url = new URL(request.url ?? "", "http://oracle");
    if (url.pathname.endsWith("/availabilityDomains")) return [200, [{ name: "AD-1" }, { name: "AD-2" }]];
    if (url.pathname.endsWith("/faultDomains")) return [200, [{ name: "FAULT-DOMAIN-1" }]];
    if (request.method === "GET")
      return [200, this.instances.filter(({ displayName }) => displayName === url.searchParams.get("displayName")).map(({ id, body }) => shown(id, body))];
    return this.#launch(JSON.parse(text) as Record<string, unknown>, String(request.headers["opc-retry-token"]));
  }

  #launch(body: Record<string, unknown>, token: string): [number, unknown] {
    this.asked.push(`${String(body["availabilityDomain"])} ${String(body["faultDomain"] ?? "any")} ${(body["shapeConfig"] as { ocpus: number }).ocpus}`);
    const earlier = this.instances.find((instance) => instance.token === token);
    if (earlier !== undefined) return [200, shown(earlier.id, earlier.body)];
    const fault = this.faults.shift();
    if (fault === "out of capacity") return [500, { code: "InternalError", message: "Out of host capacity." }];
    if (fault === "too many") return [429, { code: "TooManyRequests", message: "Too many requests for the user" }];
    if (fault === "limit") return [400, { code: "LimitExceeded", message: "The following service limits were exceeded: standard-a1-core-count" }];
    if (fault === "quota") return [400, { code: "QuotaExceeded", message: "Quota policy refuses" }];
    if (fault === "nothing, no answer") return [503, { code: "ServiceUnavailable", message: "try later" }];
    const id = `ocid1.instance.${this.instances.length + 1}`;
    this.instances.push({ id, token, displayName: String(body["displayName"]), body });
    if (fault === "made, no answer") return [504, {}];
    if (fault === "cut off") return [0, {}];
    return [200, shown(id, body)];
  }
}

const shown = (id: string, body: Record<string, unknown>) => ({ ...body, id, lifecycleState: "PROVISIONING" });

/** Verifies a request as Oracle does: the named headers, in their order, by the user's public key. */
function isSigned({ method, url, headers }: IncomingMessage): boolean {
  const [, names = "", signature = ""] = /headers="([^"]+)",signature="([^"]+)"$/.exec(headers.authorization ?? "") ?? [];
  if (method === "POST" && !names.includes("x-content-sha256")) return false;
  const lines = names
    .split(" ")
    .map((name) => (name === "(request-target)" ? `${name}: ${method?.toLowerCase()} ${url}` : `${name}: ${String(headers[name])}`));
  return verify("sha256", Buffer.from(lines.join("\n")), createPublicKey(publicKey), Buffer.from(signature, "base64"));
}

let cloud: Cloud;
beforeEach(async () => {
  cloud = new Cloud();
  await new Promise<void>((resolve) => cloud.server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => new Promise((resolve) => cloud.server.close(resolve)));

const details = { prefix: "freehold-prod", subnetId: "subnet", imageId: "image", authorizedKeys: ["ssh-ed25519 AAAA"], userData: "#cloud-config" };
let waited: number[] = [];

function regionOf(key = privateKey): Region {
  const api = new OracleApi({ tenancyId: "ocid1.tenancy", userId: "ocid1.user", fingerprint: "aa:bb", privateKey: key });
  return new Region(api, { homeRegion: "eu-zurich-1", tenancyId: "ocid1.tenancy", compartmentId: "ocid1.compartment", endpoint: cloud.endpoint });
}

/** A claim against the simulated cloud; `kept` is what a claim that is run again finds. */
async function run(kept: { state: ClaimState }, changes: Partial<Claiming> = {}) {
  const region = regionOf();
  waited = [];
  let tokens = 0;
  return claim(kept.state, {
    candidates: candidatesOf(await region.domains(), [[2, 12]]),
    launch: (candidate, token) => region.launch(candidate, details, token),
    find: () => region.find("freehold-prod"),
    save: (state) => void (kept.state = structuredClone(state)),
    say: () => {},
    wait: async (ms) => void waited.push(ms),
    token: () => `token-${kept.state.tries}-${tokens++}`,
    random: () => 0.5,
    pauseMs: [20_000, 300_000],
    tries: 20,
    ...changes,
  });
}

describe("a claim", () => {
  test("asks every domain and every part of it in turn, until one has a machine", async () => {
    cloud.faults.push("out of capacity", "out of capacity", "out of capacity");
    const claimed = await run({ state: { tries: 0 } });
    expect(cloud.asked).toEqual(["AD-1 any 2", "AD-1 FAULT-DOMAIN-1 2", "AD-2 any 2", "AD-2 FAULT-DOMAIN-1 2"]);
    expect(claimed).toMatchObject({ tries: 4, candidate: { availabilityDomain: "AD-2", faultDomain: "FAULT-DOMAIN-1" }, instanceId: "ocid1.instance.1" });
  });

  test("takes a smaller machine only once no place has a large one", () => {
    const candidates = candidatesOf(
      [{ name: "AD-1", faultDomains: ["F1"] }],
      [
        [2, 12],
        [1, 6],
      ],
    );
    expect(candidates.map(({ faultDomain, ocpus }) => [faultDomain, ocpus])).toEqual([
      [undefined, 2],
      ["F1", 2],
      [undefined, 1],
      ["F1", 1],
    ]);
  });

  test.each(["made, no answer", "cut off"] as const)("whose answer is lost (%s) finds its machine by the token, and makes no second one", async (fault) => {
    cloud.faults.push(fault);
    const claimed = await run({ state: { tries: 0 } });
    expect(cloud.instances).toHaveLength(1);
    expect(claimed.instanceId).toBe("ocid1.instance.1");
    expect(new Set(cloud.asked).size).toBe(1);
  });

  test("that is killed before the answer goes on with the same token, or finds the machine", async () => {
    const kept = { state: { tries: 0 } as ClaimState };
    cloud.faults.push("nothing, no answer");
    await expect(run(kept, { tries: 1 })).rejects.toThrow("it goes on where it stopped");
    expect(kept.state.open?.token).toBe("token-0-0");
    cloud.faults.push("cut off");
    await expect(run(kept, { tries: 1 })).rejects.toThrow("it goes on where it stopped");
    expect((await run(kept)).instanceId).toBe("ocid1.instance.1");
    expect(cloud.instances.map(({ token }) => token)).toEqual(["token-0-0"]);
    expect((await run(kept)).instanceId).toBe("ocid1.instance.1");
  });

  test("goes on with the next place when it is run again", async () => {
    const kept = { state: { tries: 0 } as ClaimState };
    cloud.faults.push("out of capacity", "out of capacity");
    await expect(run(kept, { tries: 2 })).rejects.toThrow("No machine after 2 tries");
    await run(kept);
    expect(cloud.asked.at(-1)).toBe("AD-2 any 2");
  });

  test("waits longer after each round, and much longer where it asked too often", async () => {
    cloud.faults.push(...Array.from({ length: 8 }, () => "out of capacity" as const), "too many");
    await run({ state: { tries: 0 } });
    expect(waited).toEqual([20_000, 20_000, 20_000, 40_000, 40_000, 40_000, 40_000, 80_000, 300_000]);
  });

  test.each(["limit", "quota"] as const)("stops at a %s, which no waiting changes", async (fault) => {
    cloud.faults.push(fault);
    await expect(run({ state: { tries: 0 } })).rejects.toThrow(/^400-(Limit|Quota)Exceeded/);
    expect(waited).toEqual([]);
    expect(cloud.instances).toEqual([]);
  });

  test("that is not signed by the user's key is refused, and stops", async () => {
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    await expect(regionOf(stranger).find("freehold-prod")).rejects.toThrow("401-NotAuthenticated");
  });
});

test("50 claims with faults by chance end with one machine each", async () => {
  const faults: Fault[] = ["out of capacity", "too many", "made, no answer", "nothing, no answer", "cut off"];
  let seed = 7;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let at = 0; at < 50; at++) {
    cloud.instances.length = 0;
    cloud.faults.splice(0, Infinity, ...Array.from({ length: Math.floor(random() * 6) }, () => faults[Math.floor(random() * faults.length)] as Fault));
    const kept = { state: { tries: 0 } as ClaimState };
    for (let attempt = 0; attempt < 10 && kept.state.claimed === undefined; attempt++)
      await run(kept, { tries: 1 + Math.floor(random() * 3) }).catch(() => undefined);
    expect([at, cloud.instances.length, kept.state.claimed?.instanceId]).toEqual([at, 1, "ocid1.instance.1"]);
  }
});
