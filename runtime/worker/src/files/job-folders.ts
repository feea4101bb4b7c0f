import { chown, lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@freehold/kernel/files";

/** Job containers run as this user, and so does the worker. */
const jobUser = 1_000;

/** Where the files of a job lie. `workspace` and `claude` belong to the job and can hold anything; `input` it can only read; `attempts` it never sees. */
export interface JobFolders {
  root: string;
  workspace: string;
  claude: string;
  input: string;
  attempts: string;
}

export function foldersOf(jobsDir: string, jobId: string): JobFolders {
  const root = join(jobsDir, jobId);
  return { root, workspace: join(root, "workspace"), claude: join(root, "claude"), input: join(root, "input"), attempts: join(root, "attempts") };
}

export const logPath = (jobsDir: string, jobId: string, attempt: number) => join(foldersOf(jobsDir, jobId).attempts, `${attempt}.ndjson`);

export async function makeFolders(folders: JobFolders): Promise<void> {
  for (const path of Object.values(folders)) {
    await mkdir(path, { recursive: true, mode: 0o755 });
    if (process.getuid?.() === 0) await chown(path, jobUser, jobUser);
  }
}

/** Writes what an attempt is given to read; returns its path as the container sees it. */
export async function writeInput(folders: JobFolders, name: string, text: string): Promise<string> {
  await writeFileAtomic(join(folders.input, name), text);
  return `/input/${name}`;
}

/** The CLI's transcript of a session that works in /workspace, or undefined. Source: Claude Code 2.1.329, `<config dir>/projects/<cwd with / as ->/<session>.jsonl`. */
export async function transcriptOf(folders: JobFolders, sessionId: string): Promise<{ changedAtMs: number } | undefined> {
  try {
    const found = await lstat(join(folders.claude, "projects", "-workspace", `${sessionId}.jsonl`));
    return found.isFile() && found.size > 0 ? { changedAtMs: found.mtimeMs } : undefined;
  } catch {
    return undefined;
  }
}
