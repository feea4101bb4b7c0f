import { lchown, lstat, mkdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@freehold/kernel/files";

/** Job containers run as this user, and so does the worker. */
const jobUser = 1_000;

/** Where the files of a job lie. `workspace` and `claude` belong to the job and can hold anything; `input`, `data` and `instructions` it can only read; `attempts` and `trash` it never sees. */
export interface JobFolders {
  root: string;
  workspace: string;
  claude: string;
  input: string;
  data: string;
  instructions: string;
  attempts: string;
  /** What was deleted by hand, until it is swept. */
  trash: string;
}

export function foldersOf(jobsDir: string, jobId: string): JobFolders {
  const root = join(jobsDir, jobId);
  const folder = (name: string) => join(root, name);
  return {
    root,
    workspace: folder("workspace"),
    claude: folder("claude"),
    input: folder("input"),
    data: folder("data"),
    instructions: folder("instructions"),
    attempts: folder("attempts"),
    trash: folder("trash"),
  };
}

export const logPath = (jobsDir: string, jobId: string, attempt: number) => join(foldersOf(jobsDir, jobId).attempts, `${attempt}.ndjson`);

export async function makeFolders(folders: JobFolders): Promise<void> {
  for (const path of Object.values(folders)) {
    await mkdir(path, { recursive: true, mode: 0o755 });
    await giveToJob(path);
  }
}

/** Makes the job's user the owner, where the worker is not that user itself. A symlink is not followed. */
export async function giveToJob(file: string | FileHandle): Promise<void> {
  if (process.getuid?.() !== 0) return;
  if (typeof file === "string") await lchown(file, jobUser, jobUser);
  else await file.chown(jobUser, jobUser);
}

/** Files on their way, and those that jobs may ask for; beside the jobs' folders, so that moving one into a workspace is one step. */
export const uploadsFolder = (jobsDir: string) => join(jobsDir, "uploads");

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
