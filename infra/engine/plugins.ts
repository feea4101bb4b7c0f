/** The docker and command plugins in Pulumi's home: the official ones, else ours put together from Go modules and TypeScript. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cache } from "../setup/cache.ts";
import { run } from "../setup/child.ts";
import type { Progress } from "../setup/progress.ts";
import { COMMAND_PLUGIN, DOCKER_PLUGIN } from "../setup/versions.ts";
import { buildTool, launcher } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { GO_TOOLS, goEntry } from "./go-tools.ts";
import { STAND_INS, standInsEntry } from "./stand-ins.ts";

export type Plugin = { name: "docker" | "command"; version: string };
export const PLUGINS: readonly Plugin[] = [
  { name: "docker", version: DOCKER_PLUGIN },
  { name: "command", version: COMMAND_PLUGIN },
];
export type PluginState = "official" | "ours" | "outdated" | "missing";

const MARKER = "freehold.json";
const INSTALL_MS = 300_000;

export const pulumiHome = (cache: Cache): string => cache.path("pulumi-home");
const folderOf = (cache: Cache, { name, version }: Plugin): string => join(pulumiHome(cache), "plugins", `resource-${name}-v${version}`);
const programOf = (cache: Cache, plugin: Plugin): string => join(folderOf(cache, plugin), `pulumi-resource-${plugin.name}`);

/** What is installed of a plugin. One of ours is outdated when this checkout's sources or Node are others. */
export function pluginState(cache: Cache, plugin: Plugin): PluginState {
  if (!existsSync(programOf(cache, plugin))) return "missing";
  const marker = join(folderOf(cache, plugin), MARKER);
  if (!existsSync(marker)) return "official";
  const isWhole = parts(cache, plugin).every((file) => existsSync(file));
  return isWhole && readFileSync(marker, "utf8") === markerOf(cache, plugin) ? "ours" : "outdated";
}

export function pluginsReady(cache: Cache): boolean {
  return PLUGINS.every((plugin) => ["official", "ours"].includes(pluginState(cache, plugin)));
}

/** Installs what is missing. Call it under `cache.alone`. Throws: Failure. */
export async function makePlugins(cache: Cache, progress: Progress, engine: Engine): Promise<void> {
  for (const plugin of PLUGINS) {
    const state = pluginState(cache, plugin);
    if (state === "official" || state === "ours") continue;
    if (engine.source !== "built" && state === "missing" && (await installOfficial(cache, progress, { plugin, engine }))) continue;
    if (plugin.name === "docker") await buildDockerParts(cache, progress);
    await cache.ensure(standInsEntry());
    install(cache, plugin);
  }
}

async function installOfficial(cache: Cache, progress: Progress, { plugin, engine }: { plugin: Plugin; engine: Engine }): Promise<boolean> {
  const env = { ...process.env, PULUMI_HOME: pulumiHome(cache), PULUMI_SKIP_UPDATE_CHECK: "true" };
  const installed = await progress.step({ what: `Pulumi's ${plugin.name} plugin ${plugin.version}`, why: "the official download" }, (latest) =>
    run([engine.pulumi, "plugin", "install", "resource", plugin.name, plugin.version], { env, timeoutMs: INSTALL_MS, onLine: latest }),
  );
  if (installed.code === 0) return true;
  progress.note(`  It could not be fetched; it is put together from Go modules instead.`);
  return false;
}

async function buildDockerParts(cache: Cache, progress: Progress): Promise<void> {
  await buildTool(cache, progress, { tool: GO_TOOLS.bridge, why: "the docker plugin, part 1 of 2: Pulumi's bridge; 1 to 4 minutes" });
  await buildTool(cache, progress, { tool: GO_TOOLS.dockerProvider, why: "the docker plugin, part 2 of 2: the upstream provider; 1 to 3 minutes" });
}

/** The files that one of our plugins runs on, its TypeScript first. */
function parts(cache: Cache, plugin: Plugin): [string, ...string[]] {
  const file = cache.path(standInsEntry().name, STAND_INS[plugin.name]);
  if (plugin.name === "command") return [file];
  const [bridge, provider] = [goEntry(GO_TOOLS.bridge), goEntry(GO_TOOLS.dockerProvider)];
  return [file, cache.path(bridge.name, bridge.proof), cache.path(provider.name, provider.proof)];
}

function markerOf(cache: Cache, plugin: Plugin): string {
  const madeOf = createHash("sha256")
    .update(launcher(parts(cache, plugin)))
    .digest("hex");
  return `${JSON.stringify({ plugin: plugin.name, version: plugin.version, madeOf })}\n`;
}

/** Writes the launcher in one step, then what vouches for it; an engine that runs meanwhile meets the old or the new one. */
function install(cache: Cache, plugin: Plugin): void {
  const folder = folderOf(cache, plugin);
  mkdirSync(folder, { recursive: true });
  const program = programOf(cache, plugin);
  writeFileSync(`${program}.draft`, launcher(parts(cache, plugin)), { mode: 0o755 });
  renameSync(`${program}.draft`, program);
  writeFileSync(join(folder, MARKER), markerOf(cache, plugin));
}
