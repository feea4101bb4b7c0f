/**
 * Copies our plugins, with the few npm packages that they use, into the cache: the cache serves every checkout, so
 * nothing in it may point into one.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Entry } from "../setup/cache.ts";

const SOURCES = join(import.meta.dirname, "plugins");
const PACKAGES = ["@pulumi/pulumi", "@grpc/grpc-js"] as const;
export const STAND_INS = { languageHost: "plugins/language-host.ts", docker: "plugins/docker-provider.ts", command: "plugins/command-provider.ts" } as const;

/** The cache entry; its name changes with our sources and with the packages' versions. */
export function standInsEntry(): Entry {
  const hash = createHash("sha256");
  for (const file of sourceFiles()) hash.update(`${file}\0`).update(readFileSync(join(SOURCES, file)));
  for (const name of PACKAGES) hash.update(`${name} ${readPackage(findPackage(name, SOURCES)).version}\0`);
  return { name: `stand-ins-${hash.digest("hex").slice(0, 12)}`, proof: "package.json", make };
}

function sourceFiles(): string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .toSorted();
}

async function make(folder: string): Promise<void> {
  for (const file of sourceFiles()) copy(join(SOURCES, file), join(folder, "plugins", file));
  copyMessages(folder);
  copyPackage("@grpc/grpc-js", SOURCES, folder);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ private: true, type: "module" })}\n`);
}

/** Of Pulumi's SDK only the messages are needed; a program brings the SDK itself. */
function copyMessages(folder: string): void {
  const source = findPackage("@pulumi/pulumi", SOURCES);
  const target = join(folder, "node_modules/@pulumi/pulumi");
  cpSync(join(source, "proto"), join(target, "proto"), { recursive: true, filter: (file) => !/\.(d\.ts|map)$/.test(file) });
  const { name, version } = readPackage(source);
  writeFileSync(join(target, "package.json"), `${JSON.stringify({ name, version })}\n`);
  copyPackage("google-protobuf", source, folder);
}

/** Copies a package and, recursively, what it depends on. Throws: when two versions of one package are needed. */
function copyPackage(name: string, from: string, into: string): void {
  const source = findPackage(name, from);
  const { version, dependencies } = readPackage(source);
  const shared = join(into, "node_modules", name);
  if (existsSync(shared) && readPackage(shared).version === version) return;
  if (existsSync(shared)) throw new Error(`two versions of ${name} are needed: ${version} and ${readPackage(shared).version}`);
  cpSync(source, shared, { recursive: true, dereference: true, filter: (file) => !file.slice(source.length).includes("node_modules") });
  for (const dependency of Object.keys(dependencies ?? {})) copyPackage(dependency, source, into);
}

type PackageFile = { name: string; version: string; dependencies?: Record<string, string> };

function readPackage(folder: string): PackageFile {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageFile;
}

/** Where Node would find a package from a folder, whatever its "exports" allow. */
function findPackage(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (folder === dirname(folder)) throw new Error(`the package ${name} is not installed; run: npm ci --ignore-scripts`);
  }
}

function copy(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target);
}
