import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BoxHome } from "../../tests/support/box-home.ts";

const execute = promisify(execFile);
/** Units: milliseconds. A machine with much other work takes minutes. */
const readyMs = 600_000;

/** Waits in the container for its own readiness: its address is trusted by nobody, and from the inside nothing is checked. One process for all of the waiting. */
const untilReady =
  "ready() { exec 3<>/dev/tcp/127.0.0.1/18789 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r -t 5 line <&3 && [[ $line == *' 200 '* ]]; }; " +
  "until ready 2>/dev/null; do exec 3>&-; sleep 0.2; done";

/** Units: milliseconds, CPU seconds. */
export interface PlainStart {
  readyAfterMs: number;
  /** What of it is OpenClaw's own; the rest is the engine's, which makes the container. */
  ownStartMs: number;
  cpuSeconds: number;
}

/**
 * The tenant's image with the tenant's configuration by `docker run`, without a limit, a wall, or a home before it. Its home `id` must be prepared;
 * the container is left running.
 */
export async function startPlain(home: BoxHome, { id, image }: { id: string; image: string }): Promise<PlainStart> {
  const name = `${home.prefix}-${id}`;
  const environment = {
    HOME: "/home/node",
    OPENCLAW_STATE_DIR: "/home/node/.openclaw",
    OPENCLAW_GATEWAY_TOKEN: "token-for-bench-only-0123456789",
    FREEHOLD_KEY: "none",
    OPENCLAW_NO_RESPAWN: "1",
  };
  const variables = Object.entries(environment).flatMap(([variable, value]) => ["--env", `${variable}=${value}`]);
  const volume = `${join(home.folder, id, "home")}:/home/node/.openclaw`;
  const openClaw = ["node", "/opt/openclaw/node_modules/openclaw/openclaw.mjs", "gateway", "--port", "18789", "--bind", "lan"];
  const began = performance.now();
  // The host's name is kept, since the lease in its home is bound to it.
  await execute("docker", ["run", "--detach", "--init", "--name", name, "--hostname", id, "--volume", volume, ...variables, image, ...openClaw]);
  await execute("docker", ["exec", name, "bash", "-c", untilReady], { timeout: readyMs });
  const [readyAfterMs, readyAt] = [performance.now() - began, Date.now()];
  const { stdout } = await execute("docker", ["inspect", "--format", "{{.State.StartedAt}}", name]);
  return { readyAfterMs, ownStartMs: readyAt - Date.parse(stdout.trim()), cpuSeconds: await cpuSecondsOf(home, name) };
}

/** What a container has used since it started, by its control group. */
export const cpuSecondsOf = async (home: BoxHome, container: string): Promise<number> =>
  ((await home.engine.stats(container))?.cpu_stats.cpu_usage.total_usage ?? 0) / 1e9;

/** Memory without the page cache. Units: MiB. */
export async function memoryMbOf(home: BoxHome, container: string): Promise<number> {
  const stats = await home.engine.stats(container);
  const counters = (stats?.memory_stats.stats ?? {}) as unknown as Record<string, number | undefined>;
  return Math.round(((stats?.memory_stats.usage ?? 0) - (counters["total_inactive_file"] ?? counters["inactive_file"] ?? 0)) / 2 ** 20);
}
