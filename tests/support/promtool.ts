import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const image = "freehold/promtool:test";
const environment = { ...process.env, DOCKER_CLI_HINTS: "false" };

export async function buildPromtool(): Promise<void> {
  await execute("docker", ["build", "--quiet", "--tag", image, join(import.meta.dirname, "promtool")], { env: environment });
}

/** Runs Prometheus's own tool for rules, without a network, in a folder that it may only read; a shell line, so that one container may do much. */
export async function runPromtool(folder: string, line: string): Promise<{ code: number; text: string }> {
  const mount = `type=bind,source=${folder},target=/rules,readonly`;
  const argv = ["run", "--rm", "--network", "none", "--label", "freehold.test=promtool", "--mount", mount, image, "sh", "-c", `${line} 2>&1`];
  try {
    const { stdout } = await execute("docker", argv, { env: environment, timeout: 120_000 });
    return { code: 0, text: stdout };
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}
