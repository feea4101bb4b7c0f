import { lookup } from "node:dns/promises";
import { join } from "node:path";
import { Failure } from "../cli/failure.ts";
import { run } from "../cli/run.ts";
import { MIRROR } from "../setup/debian-image.ts";
import { addresses, mustHideNone } from "./addresses.ts";
import { docker, dockerTry } from "./docker.ts";

/** The door of the hourly bucket, made of the simulated account's namespace and region. */
export const storageHost = "home.compat.objectstorage.eu-zurich-1.oraclecloud.com";
export const certificateAuthority = "https://acme.rehearsal.test/acme/local/directory";

export const images = { vm: "freehold-rehearsal/vm", internet: "freehold-rehearsal/internet", buckets: "freehold-rehearsal/buckets" } as const;
const sources = { vm: "infra/rehearsal/vm", internet: "infra/rehearsal/internet", buckets: "runtime/images/bucket" } as const;
const root = join(import.meta.dirname, "../..");

export const labelOf = (rehearsal: string): string => `freehold.rehearsal=${rehearsal}`;
export const disksOf = (rehearsal: string): string => `${rehearsal}-disks`;
export const internetOf = (rehearsal: string): string => `${rehearsal}-internet`;

/** What a Dockerfile says is built once; Docker keeps the layers. Throws: Failure. */
export async function buildImages(names: readonly (keyof typeof images)[]): Promise<void> {
  for (const name of names) {
    const { code, stderr } = await run("docker", ["build", "--quiet", "--tag", images[name], join(root, sources[name])]);
    if (code !== 0) throw new Failure(`The image ${images[name]} could not be built: ${stderr.trim().slice(-2_000)}`, "Mend what Docker says above.");
  }
}

/** Where a name does not resolve, as offline, there is nothing to hide. */
const addressesOf = async (host: string): Promise<string[]> =>
  lookup(host, { all: true }).then(
    (found) => found.map(({ address }) => address),
    () => [],
  );

/** Where images are made from, which the simulated machine reaches through this computer: Debian's packages, and npm's as npm is set. */
async function imageSources(): Promise<string[]> {
  const { code, stdout } = await run("npm", ["config", "get", "registry"]);
  return [MIRROR, ...(code === 0 ? [stdout.trim()] : [])].filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname);
}

/** The network that stands for the Internet, and the volume that holds the cloud's disks. Throws: Failure where the range is taken. */
export async function openNetwork(rehearsal: string): Promise<void> {
  const there = await dockerTry("network", "inspect", rehearsal);
  if (there !== undefined)
    throw new Failure("A rehearsal is there already.", "If none is running: `npm run freehold -- rehearse --clean` takes away what one left.");
  const hosts = await imageSources();
  mustHideNone(Object.fromEntries(await Promise.all(hosts.map(async (host) => [host, await addressesOf(host)] as const))));
  const range = ["--subnet", addresses.subnet, "--ip-range", addresses.others];
  const made = await run("docker", ["network", "create", "--label", labelOf(rehearsal), ...range, rehearsal]);
  if (made.code !== 0)
    throw new Failure(
      `The network of the rehearsal could not be made: ${made.stderr.trim()}`,
      "Another rehearsal may be running, or one was killed: `npm run freehold -- rehearse --clean` takes away what it left.",
    );
  await docker("volume", "create", "--label", labelOf(rehearsal), disksOf(rehearsal));
}

export interface Outside {
  /** Names of the buckets that the emulators keep; without any there are no emulators. */
  buckets: readonly string[];
}

/** Buckets, names, certificates: what a home finds outside. */
export async function openOutside(rehearsal: string, { buckets }: Outside): Promise<void> {
  const start = async (part: string, address: string, ...more: string[]) => {
    const own = ["--name", `${rehearsal}-${part}`, "--label", labelOf(rehearsal), "--volume", `${rehearsal}-${part}:/data`, "--init"];
    await docker("run", "--detach", ...own, "--network", rehearsal, "--ip", address, ...more);
  };
  for (const part of ["buckets", "internet"]) await docker("volume", "create", "--label", labelOf(rehearsal), `${rehearsal}-${part}`);
  if (buckets.length > 0) await start("buckets", addresses.buckets, "--env", `BUCKETS=${buckets.join(",")}`, "--env", "SPEAKS_S3=true", images.buckets);
  const told = { ADDRESS: addresses.internet, BUCKET_ADDRESS: addresses.buckets, STORAGE_HOST: storageHost };
  const environment = Object.entries(told).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  await start("internet", addresses.internet, "--cap-add=NET_ADMIN", ...environment, images.internet);
}

/** Makes a name of the home's zone lead somewhere, or nowhere. Shape: of a wildcard, `*.home.test`. */
export async function setName(rehearsal: string, record: string, { name, address }: { name: string; address: string | undefined }): Promise<void> {
  const domain = name.replace(/^\*\./, "");
  const file = `/run/names/${record}.conf`;
  const lines = address === undefined ? "" : `address=/${domain}/${address}\nlocal=/${domain}/\n`;
  const script = `printf '%s' "$1" >${file}; kill "$(cat /run/dnsmasq.pid)" || true`;
  await docker("exec", internetOf(rehearsal), "sh", "-c", script, "sh", lines);
}

/** Takes away what an hourly bucket holds. */
export async function emptyBucket(rehearsal: string, bucket: string): Promise<void> {
  await docker("exec", `${rehearsal}-buckets`, "find", `/data/s3/${bucket}`, "-mindepth", "1", "-delete");
}

/** The certificate of the authority that signs for everything outside. Shape: PEM; undefined until there is one. */
export const rootCertificate = async (rehearsal: string): Promise<string | undefined> =>
  dockerTry("exec", internetOf(rehearsal), "cat", "/data/caddy/pki/authorities/local/root.crt");

/** Takes away everything that a rehearsal has in Docker, whatever state it is in. */
export async function closeSite(rehearsal: string): Promise<void> {
  const having = ["--filter", `label=${labelOf(rehearsal)}`, "--quiet"];
  const listed = async (...argv: string[]) => ((await dockerTry(...argv, ...having)) ?? "").split("\n").filter((id) => id !== "");
  for (const id of await listed("ps", "--all")) await dockerTry("rm", "--force", "--volumes", id);
  for (const id of await listed("volume", "ls")) await dockerTry("volume", "rm", id);
  for (const id of await listed("network", "ls")) await dockerTry("network", "rm", id);
}
