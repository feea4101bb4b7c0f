/** Explains what is there, what is missing and what to do about it; changes nothing. */
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { dataFolder } from "../data-folder.ts";
import { findEngine } from "../engine/engine.ts";
import { usableGo } from "../engine/go-toolchain.ts";
import { PLUGINS, pluginState } from "../engine/plugins.ts";
import type { Plugin, PluginState } from "../engine/plugins.ts";
import { BASE_IMAGES, presentImages } from "./base-images.ts";
import { Cache } from "./cache.ts";
import { run } from "./child.ts";
import { cure, describe, lookAtDocker } from "./docker-engine.ts";
import type { DockerState } from "./docker-engine.ts";
import { stateFolder } from "./state-folder.ts";
import { GO_OLDEST } from "./versions.ts";

export type Finding = { name: string; state: "ok" | "missing" | "broken"; detail: string; cure?: string };

const BY_ITSELF = "`npm start` sees to it.";
const NEEDED_GB = 6;

export async function diagnose(): Promise<Finding[]> {
  const cache = new Cache(process.env);
  const docker = await lookAtDocker();
  return [
    { name: "Node", state: "ok", detail: `${process.version} (${process.execPath})` },
    dockerFinding(docker),
    ...(await isolationFindings(docker)),
    ...(await engineFindings(cache)),
    ...PLUGINS.map((plugin) => pluginFinding(plugin, pluginState(cache, plugin))),
    ...(await imageFindings(docker)),
    folderFinding("cache", cache.root, "XDG_CACHE_HOME"),
    folderFinding("state and keys", dataFolder(process.env), "FREEHOLD_HOME"),
    passphraseFinding(),
    diskFinding(cache.root),
  ];
}

export function dockerFinding(docker: DockerState): Finding {
  if (docker.state === "running") return { name: "Docker", state: "ok", detail: `engine ${docker.version}, ${docker.arch}` };
  const state = docker.state === "no client" ? "missing" : "broken";
  return { name: "Docker", state, detail: describe(docker), cure: cure(docker) };
}

async function isolationFindings(docker: DockerState): Promise<Finding[]> {
  if (docker.state !== "running") return [];
  const asked = await run(["docker", "info", "--format", "{{json .SecurityOptions}}\n{{json .Runtimes}}"], { timeoutMs: 20_000 });
  return asked.code === 0 ? [isolationFinding(asked.stdout)] : [];
}

/** Shape: Docker's lists of security options and of runtimes as JSON, a line each. */
export function isolationFinding(said: string): Finding {
  const [options = "[]", runtimes = "{}"] = said.trim().split("\n");
  const names = Object.keys((JSON.parse(runtimes) ?? {}) as object).filter((name) => !name.startsWith("io.containerd."));
  const has = (option: string) => ((JSON.parse(options) ?? []) as string[]).some((one) => one.split(",")[0] === `name=${option}`);
  const detail = `runtimes ${names.toSorted().join(", ")}; system calls ${has("seccomp") ? "" : "not "}filtered; user namespaces ${has("userns") ? "on" : "off"}`;
  if (!has("seccomp"))
    return {
      name: "isolation",
      state: "broken",
      detail,
      cure: "Tenants need Docker's filter of system calls: use a kernel with seccomp, and no seccomp=unconfined.",
    };
  if (!has("userns")) return { name: "isolation", state: "ok", detail };
  return {
    name: "isolation",
    state: "broken",
    detail,
    cure: "With userns-remap root in a container is not the socket's owner, so the manager can't open it: take userns-remap out of daemon.json. A stronger wall is the setting tenants.runtime.",
  };
}

async function engineFindings(cache: Cache): Promise<Finding[]> {
  const engine = await findEngine(cache, process.env);
  if (engine) {
    const origin = { path: "yours", downloaded: "the official download", built: "built from Go modules" }[engine.source];
    return [{ name: "Pulumi", state: "ok", detail: `${engine.version}, ${origin} (${engine.pulumi})` }];
  }
  const go = await usableGo();
  return [
    { name: "Pulumi", state: "missing", detail: "no engine yet", cure: BY_ITSELF },
    go === undefined
      ? {
          name: "Go",
          state: "missing",
          detail: "needed only where Pulumi cannot be downloaded",
          cure: `\`npm start\` fetches it with pip, or install Go ${GO_OLDEST} or newer.`,
        }
      : { name: "Go", state: "ok", detail: `${go}, for building the engine where it cannot be downloaded` },
  ];
}

export function pluginFinding({ name, version }: Plugin, state: PluginState): Finding {
  const title = `Pulumi's ${name} plugin`;
  const details: Record<PluginState, string> = {
    official: `${version}, the official one`,
    ours: `${version}, put together here`,
    outdated: `${version}, put together here for other sources or another Node`,
    missing: `${version} is not installed`,
  };
  const isThere = state === "official" || state === "ours";
  return { name: title, state: isThere ? "ok" : state === "missing" ? "missing" : "broken", detail: details[state], ...(isThere ? {} : { cure: BY_ITSELF }) };
}

async function imageFindings(docker: DockerState): Promise<Finding[]> {
  if (docker.state !== "running") return [];
  const present = await presentImages();
  return BASE_IMAGES.map((name) => {
    const origin = present.get(name);
    return origin === undefined ? { name, state: "missing", detail: "not on this Docker", cure: BY_ITSELF } : { name, state: "ok", detail: origin };
  });
}

function folderFinding(name: string, folder: string, variable: string): Finding {
  try {
    accessSync(nearest(folder), constants.W_OK);
    return { name, state: "ok", detail: folder };
  } catch (error) {
    return {
      name,
      state: "broken",
      detail: `${folder}: ${(error as Error).message}`,
      cure: `Make it writable for you, or set ${variable} to a folder that is.`,
    };
  }
}

function passphraseFinding(): Finding {
  const { passphraseFile } = stateFolder(process.env);
  return existsSync(passphraseFile)
    ? { name: "passphrase", state: "ok", detail: passphraseFile }
    : { name: "passphrase", state: "missing", detail: "made at the first start", cure: BY_ITSELF };
}

function diskFinding(folder: string): Finding {
  const { bavail, bsize } = statfsSync(nearest(folder));
  const freeGb = (bavail * bsize) / 1e9;
  const detail = `${freeGb.toFixed(1)} GB free for tools`;
  return freeGb >= NEEDED_GB
    ? { name: "disk", state: "ok", detail }
    : { name: "disk", state: "broken", detail, cure: `A first set-up needs ${NEEDED_GB} GB: free some, or move the cache with XDG_CACHE_HOME.` };
}

/** The folder, or the closest one above it that is there. */
function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}
