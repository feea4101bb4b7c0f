import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TaskRequest, TaskResult } from "../clients/manager.ts";

/** Runs a task's command on this machine instead of in a container, with the folders that it would see in their places. */
export async function runOnHost(request: TaskRequest, jobsDir: string): Promise<TaskResult> {
  const scratch = await mkdtemp(join(tmpdir(), "freehold-test-task-"));
  try {
    const config = join(scratch, "gitconfig");
    await writeFile(config, "[safe]\n\tdirectory = *\n[user]\n\tname = Freehold job\n\temail = job@freehold.invalid\n");
    const placed = (text: string) =>
      text
        .replaceAll("/tmp/freehold-", `${scratch}/freehold-`)
        .replaceAll("/workspace", request.workspace === "none" ? "/nowhere" : join(jobsDir, request.jobId, "workspace"))
        .replaceAll("/mirror", request.mirror === undefined ? "/nowhere" : join(jobsDir, "repositories", request.mirror.name));
    const env = { PATH: process.env["PATH"], HOME: scratch, GIT_CONFIG_GLOBAL: config, GIT_CONFIG_NOSYSTEM: "1", ...request.env };
    return await run(request.argv.map(placed), env);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function run([program = "", ...argv]: string[], env: Record<string, string | undefined>): Promise<TaskResult> {
  return new Promise((resolve) => {
    execFile(program, argv, { env, maxBuffer: 64 * 1_048_576 }, (error, stdout, stderr) => {
      const said = stderr.split("\n").filter(Boolean);
      const lines = [...stdout.split("\n").filter(Boolean), ...said.map((text) => JSON.stringify({ type: "freehold", subtype: "stderr", text }))];
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), output: lines.map((line) => `${line}\n`).join(""), truncated: false });
    });
  });
}
