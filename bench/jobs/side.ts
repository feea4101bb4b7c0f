import { docker, type JobPlace } from "../../tests/support/job-place.ts";
import type { JobHome } from "../../tests/support/job-home.ts";
import { until } from "../../tests/support/until.ts";

/** Thirty jobs, started at once by one of the two sides. */
export interface Side {
  name: string;
  /** Begins all of them. Shape: resolves with how many succeeded, once all have ended. */
  run(count: number): Promise<number>;
  /** A regular expression, in Docker's words, for the names of its job containers. */
  containers: string;
}

/** Each job writes a file, holds its container for `holdSeconds`, and writes another one. Claude Code refuses to wait by a plain `sleep`. */
const promptFor = (holdSeconds: number) =>
  `[[write:/workspace/first.txt|one]] [[bash:timeout ${holdSeconds} tail -f /dev/null; true]] [[write:/workspace/last.txt|two]]`;

const limitMs = 20 * 60_000;
const seconds = { timeoutMs: limitMs, everyMs: 1_000 };

/** Jobs of Freehold: posted to the worker, each in the container that the manager makes for it. */
export function freeholdSide(home: JobHome, holdSeconds: number): Side {
  const call = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: "Bearer worker-token", "content-type": "application/json" };
    const response = await fetch(`${home.url()}${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { id: string; state: string; error: { code: string; message: string } | null };
  };
  return {
    name: "freehold",
    containers: `^${home.place.prefix}-job-`,
    async run(count) {
      const body = JSON.stringify({ prompt: promptFor(holdSeconds), maxAttempts: 1 });
      const jobs = await Promise.all(Array.from({ length: count }, () => call("/api/jobs", { method: "POST", body })));
      const ended = await until(
        "all jobs to end",
        async () => {
          const now = await Promise.all(jobs.map(({ id }) => call(`/api/jobs/${id}`)));
          return now.every(({ state }) => ["succeeded", "failed", "cancelled"].includes(state)) ? now : undefined;
        },
        seconds,
      );
      for (const { state, error } of ended) if (state !== "succeeded") process.stderr.write(`  ${state}: ${error?.code} ${error?.message}\n`);
      return ended.filter(({ state }) => state === "succeeded").length;
    },
  };
}

/** Succeeds when the last file is there, whatever the CLI makes of a tool that failed. */
const plainJob = ["sh", "-c", 'claude -p "$@" && test -s /workspace/last.txt', "claude"];

/** The same without Freehold: the CLI in a container of the same image and limits, straight at the rehearsal model. */
export function plainSide(place: JobPlace, holdSeconds: number): Side {
  const prefix = `${place.prefix}-plain-`;
  const environment = ["ANTHROPIC_BASE_URL=http://model:4020", "ANTHROPIC_AUTH_TOKEN=none", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "HOME=/tmp"];
  const flags = ["--output-format", "stream-json", "--verbose", "--permission-mode", "bypassPermissions"];
  return {
    name: "plain docker run",
    containers: `^${prefix}`,
    async run(count) {
      const names = Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
      const box = [
        "--detach",
        "--network",
        `${place.prefix}-core`,
        "--memory",
        "768m",
        "--tmpfs",
        "/workspace:uid=1000",
        ...environment.flatMap((variable) => ["--env", variable]),
      ];
      for (const name of names) docker("run", "--name", name, ...box, "freehold/job:test", ...plainJob, promptFor(holdSeconds), ...flags);
      await until("all containers to end", () => docker("ps", "--quiet", "--filter", `name=${this.containers}`) === "", seconds);
      const codes = names.map((name) => docker("inspect", "--format", "{{.State.ExitCode}}", name));
      docker("rm", "--volumes", ...names);
      return codes.filter((code) => code === "0").length;
    },
  };
}
