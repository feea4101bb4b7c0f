import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connectHome, type HomeClient } from "../../infra/cli/home-client.ts";
import type { CleanClone } from "./clean-clone.ts";
import { until } from "./until.ts";

export interface Job {
  id: string;
  state: string;
  title: string;
  result: string | null;
  provider: string | null;
  attempts: { number: number; state: string }[];
}

/** The API of a clone's home, as its owner. */
export async function connectClone({ dataFolder, stack }: CleanClone, httpsPort: number): Promise<HomeClient> {
  const key = readFileSync(join(dataFolder, "keys", `${stack}.key`), "utf8").trim();
  return connectHome({ prefix: `freehold-${stack}`, origin: `https://console.localhost:${httpsPort}`, key });
}

/** Waits until a job has ended, through restarts of whatever serves the answer. */
export async function untilEnded(home: HomeClient, id: string, timeoutMs = 120_000): Promise<Job> {
  return until(
    `job ${id} to end`,
    async () => {
      const job = await home.get<Job>(`/api/jobs/${id}`);
      return !["queued", "running"].includes(job.state) && job;
    },
    { timeoutMs, everyMs: 300 },
  );
}

/** Kills the process inside a container with SIGKILL from outside, as a crash would: Docker's restart policy stays in force. */
export function crash(container: string): void {
  const { stdout } = spawnSync("docker", ["top", container, "-eo", "pid,ppid,comm"], { encoding: "utf8" });
  const rows = stdout
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  // The init survives its child only for a moment; killing both is the whole container at once.
  for (const [pid] of rows) if (pid !== undefined) spawnSync("kill", ["-9", pid]);
}
