import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Failure } from "../../infra/cli/failure.ts";
import { Cache, type Entry } from "../../infra/setup/cache.ts";

const run = promisify(execFile);
const here = import.meta.dirname;

/** Where the tools of a run lie, outside the checkout; a peer that can't be installed is undefined, and `missing` says why. */
export interface Tools {
  harness: string;
  litellm: string | undefined;
  portkey: string | undefined;
  missing: Record<string, string>;
}

/** Units: milliseconds. An installation that takes longer has failed. */
const installPatienceMs = 600_000;
const liteLlmVersion = "1.106.2";

export type PeerName = "litellm" | "portkey";

/** Builds the harness and installs the peers, once for each version; later runs find them in the cache. Throws: Failure when the machine lacks a tool. */
export async function prepareTools(peers: readonly PeerName[], say: (line: string) => void): Promise<Tools> {
  await mustRun("taskset", ["--version"], "Install util-linux.");
  await mustRun("prlimit", ["--version"], "Install util-linux.");
  await mustRun("go", ["version"], "Install Go 1.22 or newer; it builds the mock and the load generator.");
  const cache = new Cache(process.env);
  return cache.alone(
    (pid) => say(`waiting for process ${pid}, which is using the cache`),
    async () => {
      const harness = join(await cache.ensure(harnessEntry()), "harness");
      const missing: Record<string, string> = {};
      const install = async (name: PeerName) => {
        if (!peers.includes(name)) return undefined;
        const entry = name === "litellm" ? liteLlmEntry() : portkeyEntry();
        if (!cache.has(entry)) say(`installing ${name}, once`);
        try {
          return await cache.ensure(entry);
        } catch (fault) {
          missing[name] = (fault as Error).message.split("\n", 1)[0] ?? "";
          return undefined;
        }
      };
      return { harness, litellm: await install("litellm"), portkey: await install("portkey"), missing };
    },
  );
}

async function mustRun(program: string, argv: string[], cure: string): Promise<void> {
  await run(program, argv).catch((fault: unknown) => {
    throw new Failure(`${program} does not run on this machine; the measurement needs it.`, cure, fault);
  });
}

function harnessEntry(): Entry {
  const sources = join(here, "harness");
  return {
    name: `bench-harness-${hashOf(...readdirSync(sources).map((file) => join(sources, file)))}`,
    proof: "harness",
    make: (folder) => step("go build", "go", ["build", "-trimpath", "-o", join(folder, "harness"), "."], sources),
  };
}

function liteLlmEntry(): Entry {
  const constraints = join(here, "peers/litellm/constraints.txt");
  return {
    name: `bench-litellm-${liteLlmVersion}-${hashOf(constraints)}`,
    proof: "installed",
    async make(folder) {
      await step("python3 -m venv", "python3", ["-m", "venv", folder], folder);
      await step(
        "pip install",
        join(folder, "bin/python"),
        ["-m", "pip", "install", "--quiet", `litellm[proxy]==${liteLlmVersion}`, "-c", constraints],
        folder,
      );
      copyFileSync(constraints, join(folder, "installed"));
    },
  };
}

function portkeyEntry(): Entry {
  const files = ["package.json", "package-lock.json"].map((file) => join(here, "peers/portkey", file));
  return {
    name: `bench-portkey-${hashOf(...files)}`,
    proof: "node_modules/@portkey-ai/gateway/build/start-server.js",
    async make(folder) {
      for (const file of files) copyFileSync(file, join(folder, file.slice(file.lastIndexOf("/") + 1)));
      await step("npm ci", "npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder);
    },
  };
}

/** The output of a failed step can hold addresses and paths, so only the step's name goes into a report. */
async function step(name: string, program: string, argv: string[], cwd: string): Promise<void> {
  await run(program, argv, { cwd, timeout: installPatienceMs, maxBuffer: 67_108_864 }).catch((fault: unknown) => {
    process.stderr.write(`${(fault as { stderr?: string }).stderr ?? ""}\n`);
    throw new Error(`${name} failed`, { cause: fault });
  });
}

function hashOf(...files: string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}
