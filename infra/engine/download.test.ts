import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { PULUMI_DOWNLOAD } from "../setup/versions.ts";
import { archiveName, request, unpack } from "./download.ts";
import type { Site } from "./download.ts";

let folder: string;
let server: Server;
let served: Record<string, Buffer | string>;
let site: Site;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "freehold-download-"));
  served = {};
  server = createServer((request, response) => {
    const body = served[request.url ?? ""];
    if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  site = { releases: origin, checksums: origin };
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true, force: true });
});

/** A release whose `pulumi` prints the given version. */
function release(version: string): { name: string; bytes: Buffer } {
  const name = archiveName(process.platform, process.arch) ?? "";
  const content = join(folder, "release/pulumi");
  mkdirSync(content, { recursive: true });
  writeFileSync(join(content, "pulumi"), `#!/bin/sh\necho ${version}\n`);
  chmodSync(join(content, "pulumi"), 0o755);
  execFileSync("tar", ["-czf", join(folder, name), "-C", join(folder, "release"), "pulumi"]);
  return { name, bytes: readFileSync(join(folder, name)) };
}

async function fetchInto(place: string): Promise<void> {
  mkdirSync(place);
  const download = await request(site);
  if (!download) throw new Error("no answer");
  await unpack(download, place, site);
}

test("a release that matches its published checksum is unpacked", async () => {
  const { name, bytes } = release(`v${PULUMI_DOWNLOAD}`);
  served[`/${name}`] = bytes;
  served[`/pulumi-${PULUMI_DOWNLOAD}-checksums.txt`] = `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`;
  await fetchInto(join(folder, "cache"));
  expect(readdirSync(join(folder, "cache"))).toEqual(["pulumi"]);
});

test("a release without published checksums is taken when it runs", async () => {
  const { name, bytes } = release(`v${PULUMI_DOWNLOAD}`);
  served[`/${name}`] = bytes;
  await expect(fetchInto(join(folder, "cache"))).resolves.toBeUndefined();
});

test("a damaged release is refused", async () => {
  const { name, bytes } = release(`v${PULUMI_DOWNLOAD}`);
  served[`/${name}`] = bytes;
  served[`/pulumi-${PULUMI_DOWNLOAD}-checksums.txt`] = `${"0".repeat(64)}  ${name}\n`;
  await expect(fetchInto(join(folder, "cache"))).rejects.toThrow("is damaged");
});

test("a release that does not run as its version is refused", async () => {
  const { name, bytes } = release("v1.0.0");
  served[`/${name}`] = bytes;
  await expect(fetchInto(join(folder, "cache"))).rejects.toThrow("does not run");
});

test("a site without the release, or that is not there, counts as out of reach", async () => {
  await expect(request(site)).resolves.toBeUndefined();
  await expect(request({ releases: "http://127.0.0.1:9", checksums: "http://127.0.0.1:9" })).resolves.toBeUndefined();
});

test("only platforms for which Pulumi publishes have an archive", () => {
  expect(archiveName("linux", "arm64")).toBe(`pulumi-v${PULUMI_DOWNLOAD}-linux-arm64.tar.gz`);
  expect(archiveName("darwin", "x64")).toBe(`pulumi-v${PULUMI_DOWNLOAD}-darwin-x64.tar.gz`);
  expect(archiveName("linux", "s390x")).toBeUndefined();
});
