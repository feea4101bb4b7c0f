/**
 * Set-up that does everything: looks for each tool, fetches what can be fetched, builds what cannot, in that order.
 * Whatever is there is left alone, so a second run says nothing and takes a moment.
 */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { delimiter } from "node:path";
import { findEngine, makeEngine } from "../engine/engine.ts";
import type { Engine } from "../engine/engine.ts";
import { makePlugins, pluginsReady, pulumiHome } from "../engine/plugins.ts";
import { BASE_IMAGES, makeImages, presentImages } from "./base-images.ts";
import { Cache } from "./cache.ts";
import { ensureDocker, lookAtDocker } from "./docker-engine.ts";
import type { Progress } from "./progress.ts";
import { ensureStateFolder } from "./state-folder.ts";
import type { StateFolder } from "./state-folder.ts";

export { diagnose } from "./doctor.ts";
export type { Finding } from "./doctor.ts";

export type Toolchain = {
  /** The path of the engine. */
  pulumi: string;
  /** The variables with which the engine finds its plugins, its state and its passphrase. */
  env: Record<string, string>;
};

/** Throws: Failure, with the cure, when a tool can be neither found nor fetched nor built. */
export async function setUp(progress: Progress): Promise<Toolchain> {
  const environment = process.env;
  const cache = new Cache(environment);
  const state = ensureStateFolder(environment);
  const there = await lookAround(cache, environment);
  const engine =
    there ??
    (await cache.alone(
      (pid) => progress.note(`Another set-up (process ${pid}) is at work; waiting for it.`),
      () => make(cache, progress),
    ));
  return { pulumi: engine.pulumi, env: variables({ cache, engine, state, environment }) };
}

/** The engine, when that and everything else is there. */
async function lookAround(cache: Cache, environment: NodeJS.ProcessEnv): Promise<Engine | undefined> {
  const [docker, images, engine] = await Promise.all([lookAtDocker(environment), presentImages(), findEngine(cache, environment)]);
  return docker.state === "running" && images.size === BASE_IMAGES.length && pluginsReady(cache) ? engine : undefined;
}

async function make(cache: Cache, progress: Progress): Promise<Engine> {
  const docker = await lookAtDocker();
  await ensureDocker(cache, progress, docker);
  const engine = (await findEngine(cache, process.env)) ?? (await makeEngine(cache, progress));
  await makePlugins(cache, progress, engine);
  const running = await lookAtDocker();
  await makeImages(cache, progress, running.state === "running" ? running.arch : "");
  return engine;
}

type Parts = { cache: Cache; engine: Engine; state: StateFolder; environment: NodeJS.ProcessEnv };

function variables({ cache, engine, state, environment }: Parts): Record<string, string> {
  const folders = [dirname(engine.pulumi), dirname(process.execPath)];
  const rest = (environment["PATH"] ?? "").split(delimiter).filter((folder) => !folders.includes(folder));
  return {
    PATH: [...folders, ...rest].join(delimiter),
    PULUMI_HOME: pulumiHome(cache),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_BACKEND_URL: `file://${state.state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: state.passphraseFile,
    // A passphrase in the environment would win over the file.
    ...(environment["PULUMI_CONFIG_PASSPHRASE"] === undefined ? {} : { PULUMI_CONFIG_PASSPHRASE: readFileSync(state.passphraseFile, "utf8") }),
    // Beside a built engine nothing can be downloaded: a missing plugin should be an error at once, not a wait.
    ...(engine.source === "built" ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
  };
}
