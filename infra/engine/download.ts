/** Fetches the official Pulumi release, where its download site answers. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as http from "node:http";
import { run, tail } from "../setup/child.ts";
import { PULUMI_DOWNLOAD } from "../setup/versions.ts";

export type Site = { releases: string; checksums: string };
export const OFFICIAL: Site = {
  releases: "https://get.pulumi.com/releases/sdk",
  checksums: `https://github.com/pulumi/pulumi/releases/download/v${PULUMI_DOWNLOAD}`,
};

/** How long to wait for an answer before the site counts as out of reach. */
const ANSWER_MS = 4_000;
const STALL_MS = 30_000;

/** The release's file name for a platform; absent where Pulumi publishes none. */
export function archiveName(platform: string, arch: string): string | undefined {
  const systems = ["linux", "darwin"];
  const processors: Record<string, string> = { x64: "x64", arm64: "arm64" };
  return systems.includes(platform) && processors[arch] ? `pulumi-v${PULUMI_DOWNLOAD}-${platform}-${processors[arch]}.tar.gz` : undefined;
}

export type Download = { name: string; response: Response };

/** Asks for the release. Absent when the site does not answer in time or has no such file. */
export async function request(site: Site = OFFICIAL): Promise<Download | undefined> {
  const name = archiveName(process.platform, process.arch);
  if (name === undefined) return undefined;
  useProxySettings();
  const response = await answer(`${site.releases}/${name}`);
  return response && { name, response };
}

/** Honours HTTPS_PROXY and NO_PROXY, as the other package clients do. */
function useProxySettings(): void {
  (http as { setGlobalProxyFromEnv?: () => void }).setGlobalProxyFromEnv?.();
}

async function answer(url: string): Promise<Response | undefined> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ANSWER_MS);
  try {
    const response = await fetch(url, { signal: controller.signal });
    if (response.ok) return response;
    await response.body?.cancel();
    return undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** Saves, verifies and unpacks a release into `folder`/pulumi. Throws: when it is damaged or does not run. */
export async function unpack({ name, response }: Download, folder: string, site: Site = OFFICIAL): Promise<void> {
  const archive = join(folder, name);
  await save(response, archive);
  await verify(archive, name, site);
  const unpacked = await run(["tar", "-xzf", archive, "-C", folder], { timeoutMs: 300_000 });
  if (unpacked.code !== 0) throw new Error(`${name} could not be unpacked: ${tail(unpacked.said, 3)}`);
  await run(["rm", "-f", archive]);
  const version = await run([join(folder, "pulumi/pulumi"), "version"], { timeoutMs: 30_000 });
  if (version.stdout.trim() !== `v${PULUMI_DOWNLOAD}`) throw new Error(`the fetched pulumi does not run as v${PULUMI_DOWNLOAD}: ${tail(version.said, 3)}`);
}

async function save(response: Response, file: string): Promise<void> {
  if (!response.body) throw new Error("the download site sent nothing");
  const body = Readable.fromWeb(response.body);
  let timer = setTimeout(() => {}, 0);
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => body.destroy(new Error(`the download stood still for ${STALL_MS / 1_000} s`)), STALL_MS);
  };
  body.on("data", watch);
  try {
    watch();
    await pipeline(body, createWriteStream(file));
  } finally {
    clearTimeout(timer);
  }
}

/** Compares with the published checksums, where they can be had; TLS vouches for the file in any case. */
async function verify(file: string, name: string, site: Site): Promise<void> {
  const published = await answer(`${site.checksums}/pulumi-${PULUMI_DOWNLOAD}-checksums.txt`);
  const line = (await published?.text())?.split("\n").find((entry) => entry.trim().endsWith(name));
  if (line === undefined) return;
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const found = hash.digest("hex");
  if (!line.startsWith(found)) throw new Error(`${name} is damaged: its SHA-256 is ${found}, published is ${line.split(" ")[0]}`);
}
