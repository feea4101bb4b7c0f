import { execFile } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "./until.ts";

const execute = promisify(execFile);
const image = "freehold/valkey:test";

/** The real Valkey of the home, from the home's own Dockerfile, in a container of its own. */
export interface TestValkey {
  /** Shape: `redis://127.0.0.1:port`; the same after a restart. */
  url: string;
  /** Ends it as a crash would; what was not saved is lost. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** It keeps its connections and answers nothing. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Runs a command, such as `FLUSHALL`. */
  run(...words: string[]): Promise<string>;
  remove(): Promise<void>;
}

async function docker(...argv: string[]): Promise<string> {
  return (await execute("docker", argv, { env: { ...process.env, DOCKER_CLI_HINTS: "false" } })).stdout.trim();
}

export async function startValkey(): Promise<TestValkey> {
  await docker("build", "--quiet", "--tag", image, join(import.meta.dirname, "../../runtime/images/valkey"));
  const port = await freePort();
  const id = await docker("run", "--detach", "--publish", `127.0.0.1:${port}:6379`, "--label", "freehold.test=valkey", image);
  const run = (...words: string[]) => docker("exec", id, "valkey-cli", ...words);
  const answers = () => until("Valkey to answer", async () => (await run("ping")) === "PONG", { timeoutMs: 30_000, everyMs: 50 });
  await answers();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: async () => void (await docker("kill", id)),
    async start() {
      await docker("start", id);
      await answers();
    },
    pause: async () => void (await docker("pause", id)),
    resume: async () => void (await docker("unpause", id)),
    run,
    remove: async () => void (await docker("rm", "--force", "--volumes", id)),
  };
}

/** A port that survives a restart: Docker gives another one each time when it may choose. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
