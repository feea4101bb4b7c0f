import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { until } from "../../tests/support/until.ts";
import { createTestDatabase } from "../../tests/support/postgres.ts";
import { startValkey } from "../../tests/support/valkey.ts";
import { Pinned } from "./pinned.ts";
import type { Tools } from "./tools.ts";

export const contenderNames = ["direct", "pass-through", "freehold", "freehold-valkey", "freehold-unlimited", "portkey", "litellm"] as const;
export type ContenderName = (typeof contenderNames)[number];

/** Something that answers the load; `process` is undefined where nothing stands between. */
export interface Contender {
  name: ContenderName;
  version: string;
  address: string;
  headers: Record<string, string>;
  process: Pinned | undefined;
  /** Units: milliseconds from its start to its first answer, and megabytes then. */
  startMs: number;
  idleMb: number;
  close(): Promise<void>;
}

export interface Surroundings {
  tools: Tools;
  mock: string;
  core: number;
  folder: string;
  /** Where Freehold's CPU profile goes, if one is wanted. */
  profileFolder: string | undefined;
}

/** What a launcher says of its gateway. */
interface Launched {
  version: string;
  process: Pinned;
  address: string;
  readyPath: string;
  /** The headers of a client; made once the gateway is up. */
  headers(): Promise<Record<string, string>> | Record<string, string>;
  close?(): Promise<void>;
}

const root = join(import.meta.dirname, "../..");
const adminToken = "admin-token-of-a-measurement";
const startPatienceMs = 60_000;

const launchers: Record<Exclude<ContenderName, "direct">, (around: Surroundings) => Promise<Launched>> = {
  "pass-through": launchPassThrough,
  freehold: (around) => launchFreehold(around, {}, everyLimit),
  "freehold-valkey": launchFreeholdOnValkey,
  "freehold-unlimited": (around) => launchFreehold(around, {}, {}),
  portkey: launchPortkey,
  litellm: launchLiteLlm,
};

/** Starts a contender and waits until it answers. Throws: an error that names it when it does not. */
export async function startContender(name: ContenderName, around: Surroundings): Promise<Contender> {
  if (name === "direct") return { name, version: "", address: around.mock, headers: {}, process: undefined, startMs: 0, idleMb: 0, close: async () => {} };
  const began = performance.now();
  const launched = await launchers[name](around);
  const { process, address, version } = launched;
  const close = async () => {
    await process.stop();
    await launched.close?.();
  };
  try {
    await until(`${name} to answer`, () => isUp(launched), { timeoutMs: startPatienceMs, everyMs: 50 });
    const startMs = performance.now() - began;
    return { name, version, address, headers: await launched.headers(), process, startMs, idleMb: process.memory().now, close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

async function isUp({ process, address, readyPath }: Launched): Promise<boolean> {
  if (!process.isRunning) return false;
  return (await fetch(`http://${address}${readyPath}`, { signal: AbortSignal.timeout(2_000) })).ok;
}

async function launchPassThrough({ mock, core, folder }: Surroundings): Promise<Launched> {
  const port = await freePort();
  const argv = [process.execPath, join(import.meta.dirname, "passthrough.ts")];
  const env = { PORT: String(port), UPSTREAM: `http://${mock}`, NODE_ENV: "production" };
  const pinned = new Pinned({ argv, env, core, logFile: join(folder, "pass-through.log") });
  // It answers nothing of its own, so a request to the mock behind it shows that it is up.
  return { version: `Node ${process.versions.node}`, process: pinned, address: `127.0.0.1:${port}`, readyPath: "/counts", headers: () => ({}) };
}

/** Of every kind of limit one that is counted and never reached. */
const everyLimit = {
  limits: {
    requestsPerMinute: 1_000_000_000,
    inputTokensPerMinute: 1_000_000_000_000,
    outputTokensPerMinute: 1_000_000_000_000,
    concurrent: 100_000,
    requestsPerDay: 1_000_000_000,
  },
  budget: { dayUsd: 1_000_000, monthUsd: 1_000_000 },
};

/** As a home runs it: its own process, real PostgreSQL, a virtual key with what it may do, books, metrics and log. */
async function launchFreehold({ mock, core, folder, profileFolder }: Surroundings, more: Record<string, string>, rules: object): Promise<Launched> {
  const port = await freePort();
  const database = await createTestDatabase();
  const profiling = profileFolder === undefined ? [] : ["--cpu-prof", "--cpu-prof-interval", "500", "--cpu-prof-dir", profileFolder];
  const env = {
    PORT: String(port),
    HOST: "127.0.0.1",
    DATABASE_URL: database.url,
    GATEWAY_ADMIN_TOKEN: adminToken,
    ANTHROPIC_API_KEY: "sk-ant-of-a-measurement",
    ANTHROPIC_BASE_URL: `http://${mock}`,
    NODE_ENV: "production",
    // As in infra/services/models.ts.
    GATEWAY_JOURNAL_DIR: join(folder, `journal-${port}`),
    NODE_OPTIONS: "--max-semi-space-size=8 --max-old-space-size=192",
    MALLOC_ARENA_MAX: "1",
    MALLOC_MMAP_THRESHOLD_: "40000",
    ...more,
  };
  const argv = [process.execPath, ...profiling, join(root, "runtime/gateway/src/main.ts")];
  const pinned = new Pinned({ argv, env, core, logFile: join(folder, "freehold.log") });
  const address = `127.0.0.1:${port}`;
  return { version: commit(), process: pinned, address, readyPath: "/health/ready", headers: () => mintKey(address, rules), close: () => database.drop() };
}

/** Limits shared by all gateways of a home. `FREEHOLD_BENCH_VALKEY` names a Valkey that runs already. */
async function launchFreeholdOnValkey(around: Surroundings): Promise<Launched> {
  const given = process.env["FREEHOLD_BENCH_VALKEY"];
  const own = given === undefined ? await startValkey() : undefined;
  const launched = await launchFreehold(around, { VALKEY_URL: own?.url ?? (given as string) }, everyLimit);
  return {
    ...launched,
    async close() {
      await launched.close?.();
      await own?.remove();
    },
  };
}

async function mintKey(address: string, rules: object): Promise<Record<string, string>> {
  const response = await fetch(`http://${address}/admin/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "bench", ...rules }),
  });
  const { key } = (await response.json()) as { key?: string };
  if (key === undefined) throw new Error(`Freehold made no virtual key; it answered ${response.status}.`);
  return { authorization: `Bearer ${key}` };
}

async function launchPortkey({ tools, mock, core, folder }: Surroundings): Promise<Launched> {
  const port = await freePort();
  const home = tools.portkey as string;
  const program = join(home, "node_modules/@portkey-ai/gateway/build/start-server.js");
  const argv = [process.execPath, "--import", join(import.meta.dirname, "loopback.ts"), program, "--headless", `--port=${port}`];
  const env = { PATH: "/usr/bin:/bin", HOME: folder, NODE_ENV: "production" };
  const pinned = new Pinned({ argv, env, cwd: home, core, logFile: join(folder, "portkey.log") });
  const { version } = JSON.parse(readFileSync(join(home, "node_modules/@portkey-ai/gateway/package.json"), "utf8")) as { version: string };
  const headers = () => ({ "x-portkey-provider": "anthropic", "x-portkey-custom-host": `http://${mock}/v1`, "x-api-key": "sk-ant-of-a-measurement" });
  return { version, process: pinned, address: `127.0.0.1:${port}`, readyPath: "/", headers };
}

/** One worker, no database, a master key. */
async function launchLiteLlm({ tools, mock, core, folder }: Surroundings): Promise<Launched> {
  const port = await freePort();
  const home = tools.litellm as string;
  const config = join(folder, "litellm.json");
  // YAML reads JSON as well.
  writeFileSync(
    config,
    JSON.stringify({
      model_list: [
        {
          model_name: "claude-sonnet-4-5",
          litellm_params: { model: "anthropic/claude-sonnet-4-5", api_base: `http://${mock}`, api_key: "sk-ant-of-a-measurement" },
        },
      ],
      litellm_settings: { telemetry: false, num_retries: 0 },
      general_settings: { master_key: "sk-of-a-client" },
    }),
  );
  // By the module and not by its script, whose first line names the folder in which it was installed.
  const start = "from litellm.proxy.proxy_cli import run_server; run_server()";
  const argv = [join(home, "bin/python"), "-c", start, "--config", config, "--host", "127.0.0.1", "--port", String(port), "--num_workers", "1"];
  const env = { PATH: "/usr/bin:/bin", HOME: folder, LITELLM_LOCAL_MODEL_COST_MAP: "True", LITELLM_TELEMETRY: "False", LITELLM_LOG: "ERROR" };
  const pinned = new Pinned({ argv, env, cwd: folder, core, logFile: join(folder, "litellm.log") });
  const version = execFileSync(join(home, "bin/python"), ["-c", "from importlib.metadata import version; print(version('litellm'))"], { encoding: "utf8" });
  const headers = () => ({ authorization: "Bearer sk-of-a-client" });
  return { version: version.trim(), process: pinned, address: `127.0.0.1:${port}`, readyPath: "/health/liveliness", headers };
}

/** The commit that is measured, with a mark if the gateway or the kernel were changed since. */
function commit(): string {
  const git = (...argv: string[]) => execFileSync("git", argv, { cwd: root, encoding: "utf8" }).trim();
  try {
    const isChanged = git("status", "--porcelain", "runtime/gateway", "runtime/kernel") !== "";
    return `commit ${git("rev-parse", "--short", "HEAD")}${isChanged ? ", changed" : ""}`;
  } catch {
    return "outside a git checkout";
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
