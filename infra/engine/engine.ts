/** The Pulumi engine: the one on PATH, else the official download, else one built from Go modules. */
import { copyFileSync, existsSync, linkSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { createHash } from "node:crypto";
import type { Cache, Entry } from "../setup/cache.ts";
import { run } from "../setup/child.ts";
import type { Progress } from "../setup/progress.ts";
import { PULUMI_BUILT, PULUMI_DOWNLOAD, PULUMI_OLDEST, compareVersions } from "../setup/versions.ts";
import { request, unpack } from "./download.ts";
import type { Download } from "./download.ts";
import { ensureGo } from "./go-toolchain.ts";
import { GO_TOOLS, buildGoTool, goEntry } from "./go-tools.ts";
import type { GoTool } from "./go-tools.ts";
import { STAND_INS, standInsEntry } from "./stand-ins.ts";

export type Engine = { pulumi: string; version: string; source: "path" | "downloaded" | "built" };

const LANGUAGE_HOST = "pulumi-language-nodejs";
const DOWNLOADED = { name: `pulumi-${PULUMI_DOWNLOAD}`, proof: "pulumi/pulumi" };

/** The engine that is there already, if any. */
export async function findEngine(cache: Cache, environment: NodeJS.ProcessEnv): Promise<Engine | undefined> {
  const own = await findOnPath(cache, environment);
  if (own) return own;
  if (cache.has(DOWNLOADED)) return downloaded(cache);
  const entry = builtEntry(cache);
  return cache.has(entry) && cache.has(standInsEntry()) ? built(cache, entry) : undefined;
}

/** Fetches or builds the engine. Call it under `cache.alone`. Throws: Failure when neither can be done. */
export async function makeEngine(cache: Cache, progress: Progress): Promise<Engine> {
  const entry = builtEntry(cache);
  // Where an engine was built once, only its small parts can be missing; the download site is not asked each time.
  if (!cache.has(goEntry(GO_TOOLS.pulumi)) && (await fetchEngine(cache, progress))) return downloaded(cache);
  await buildTool(cache, progress, { tool: GO_TOOLS.pulumi, why: "built from Go modules, as its download site does not answer; 1 to 3 minutes" });
  await cache.ensure(standInsEntry());
  await cache.ensure(entry);
  return built(cache, entry);
}

/** Builds one Go tool unless the cache has it, and returns its path. */
export async function buildTool(cache: Cache, progress: Progress, { tool, why }: { tool: GoTool; why: string }): Promise<string> {
  const known = goEntry(tool);
  if (cache.has(known)) return cache.path(known.name, known.proof);
  cache.mustHaveSpace();
  const go = await ensureGo(cache, progress);
  await progress.step({ what: `${tool.binary} ${tool.version}`, why }, (latest) =>
    cache.ensure(goEntry(tool, (folder) => buildGoTool(go, tool, { folder, onLine: latest }))),
  );
  return cache.path(known.name, known.proof);
}

/** Whether the official release could be fetched. */
async function fetchEngine(cache: Cache, progress: Progress): Promise<boolean> {
  const download = await request();
  if (!download) return false;
  try {
    await progress.step({ what: `Pulumi ${PULUMI_DOWNLOAD}`, why: "the official download, about 200 MB" }, () =>
      cache.ensure({ ...DOWNLOADED, make: intoFolder(download) }),
    );
    return true;
  } catch (error) {
    progress.note(`  The download did not succeed (${(error as Error).message}); the engine is built instead.`);
    return false;
  }
}

function intoFolder(download: Download): Entry["make"] {
  return (folder) => unpack(download, folder);
}

function downloaded(cache: Cache): Engine {
  return { pulumi: cache.path(DOWNLOADED.name, DOWNLOADED.proof), version: PULUMI_DOWNLOAD, source: "downloaded" };
}

function built(cache: Cache, entry: Entry): Engine {
  return { pulumi: cache.path(entry.name, entry.proof), version: PULUMI_BUILT, source: "built" };
}

/** The built engine beside its language host, where the engine looks for it. */
function builtEntry(cache: Cache): Entry {
  const binary = goEntry(GO_TOOLS.pulumi);
  const hostFile = cache.path(standInsEntry().name, STAND_INS.languageHost);
  const hash = createHash("sha256").update(`${binary.name}\0${hostFile}\0${process.execPath}`).digest("hex").slice(0, 12);
  return {
    name: `engine-${PULUMI_BUILT}-${hash}`,
    proof: "bin/pulumi",
    make: async (folder) => {
      mkdirSync(join(folder, "bin"));
      writeFileSync(join(folder, "bin", LANGUAGE_HOST), launcher([hostFile]), { mode: 0o755 });
      linkOrCopy(cache.path(binary.name, binary.proof), join(folder, "bin/pulumi"));
    },
  };
}

/** A shell script that runs a TypeScript file with this Node, or, when that is gone, with the one on PATH. */
export function launcher([file, ...args]: readonly [string, ...string[]]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    "#!/bin/sh",
    `node=${quote(process.execPath)}`,
    `[ -x "$node" ] || node=node`,
    `exec "$node" --disable-warning=ExperimentalWarning ${[file, ...args].map(quote).join(" ")} "$@"`,
    "",
  ].join("\n");
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}

/** An engine of the user's own, unless it is too old or lacks its Node language host. */
async function findOnPath(cache: Cache, environment: NodeJS.ProcessEnv): Promise<Engine | undefined> {
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "" && !folder.startsWith(cache.root));
  const folder = folders.find((candidate) => existsSync(join(candidate, "pulumi")));
  if (folder === undefined) return undefined;
  const pulumi = join(folder, "pulumi");
  const beside = [folder, dirname(realpathSync(pulumi)), ...folders];
  if (!beside.some((candidate) => existsSync(join(candidate, LANGUAGE_HOST)))) return undefined;
  const { code, stdout } = await run([pulumi, "version"], { timeoutMs: 20_000, env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" } });
  const version = stdout.trim().replace(/^v/, "");
  return code === 0 && compareVersions(version, PULUMI_OLDEST) >= 0 ? { pulumi, version, source: "path" } : undefined;
}
