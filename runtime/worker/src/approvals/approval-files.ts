import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@freehold/kernel/errors";
import { writeFileAtomic } from "@freehold/kernel/files";
import { z } from "zod";
import { foldersOf } from "../files/job-folders.ts";
import { listDirectory, openFile } from "../files/workspace.ts";
import { approvalFolder } from "./asking-server.ts";

const largestBytes = 1_048_576;

export interface ApprovalPlace {
  jobsDir: string;
  jobId: string;
  attempt: number;
}

/** What a container asks. */
export interface ApprovalRequest {
  toolUseId: string;
  tool: string;
  input: Record<string, unknown>;
  /** Of the file, so that an answer belongs to this question alone. */
  sha256: string;
  /** Units: milliseconds since 1970, by the file's own time. */
  askedAtMs: number;
}

const text = z
  .string()
  .max(300)
  .regex(/^[^\0]*$/);
const shape = z.object({ toolUseId: text, tool: text.min(1), input: z.record(z.string(), z.unknown()) });
const fileName = /^([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\.json$/;

/** Ids of what an attempt has asked so far. */
export async function requestIds({ jobsDir, jobId, attempt }: ApprovalPlace): Promise<string[]> {
  const { entries } = await listDirectory(foldersOf(jobsDir, jobId).claude, approvalFolder(attempt)).catch(noneIfAbsent);
  return entries.flatMap(({ name, type }) => (type === "file" ? (fileName.exec(name)?.[1] ?? []) : []));
}

function noneIfAbsent(thrown: unknown): { entries: [] } {
  if (thrown instanceof AppError && thrown.code.startsWith("file.")) return { entries: [] };
  throw thrown;
}

/** Undefined for what is no request, or has gone: whatever the job writes itself there asks nothing. */
export async function readRequest({ jobsDir, jobId, attempt }: ApprovalPlace, id: string): Promise<ApprovalRequest | undefined> {
  try {
    const { file, sizeBytes, modifiedAt } = await openFile(foldersOf(jobsDir, jobId).claude, join(approvalFolder(attempt), `${id}.json`));
    try {
      if (sizeBytes > largestBytes) return undefined;
      const bytes = await file.readFile();
      const parsed = shape.parse(JSON.parse(bytes.toString("utf8")));
      return { ...parsed, sha256: createHash("sha256").update(bytes).digest("hex"), askedAtMs: modifiedAt.getTime() };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof z.ZodError || (thrown instanceof AppError && thrown.code.startsWith("file."))) return undefined;
    throw thrown;
  }
}

export type ApprovalAnswer = { behavior: "allow" } | { behavior: "deny"; message: string };

/** Writes an answer where the container looks for it and can't change it; writing the same again does no harm. */
export async function writeAnswer({ jobsDir, jobId, attempt }: ApprovalPlace, id: string, answer: ApprovalAnswer & { sha256: string }): Promise<void> {
  const path = join(foldersOf(jobsDir, jobId).input, approvalFolder(attempt));
  await mkdir(path, { recursive: true });
  await writeFileAtomic(join(path, `${id}.json`), JSON.stringify(answer));
}
