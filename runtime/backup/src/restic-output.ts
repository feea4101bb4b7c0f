import { stripVTControlCharacters } from "node:util";
import type { AppError } from "@freehold/kernel/errors";
import { z } from "zod";
import { backupError } from "./errors.ts";
import type { Outcome } from "./process.ts";
import { databasesOfTags, tagsOf, tenantsOfTags, wholeSecond, type SnapshotOrder, type TenantInSnapshot } from "./restic-commands.ts";

/** A state of the home to which one can go back. */
export interface Snapshot {
  id: string;
  /** The target that holds it. */
  target: string;
  /** What is in it was so at this moment or later. Shape: ISO 8601, UTC. */
  createdAt: string;
  /** Size of all files in it. */
  sizeBytes: number;
  /** What it added to the bucket, compressed. */
  addedBytes: number;
  files: number;
  durationMs: number;
  databases: string[];
  tenants: TenantInSnapshot[];
  /** How long a tenant stood still for it, at most. The home itself never does. */
  pauseMs: number;
}

const summarySchema = z.object({ backup_end: z.string(), total_files_processed: z.number(), total_bytes_processed: z.number(), data_added_packed: z.number() });
const snapshotSchema = z.object({ id: z.string(), time: z.string(), tags: z.array(z.string()).nullish(), summary: summarySchema.optional() });
const lockSchema = z.object({ time: z.string(), hostname: z.string(), pid: z.number(), exclusive: z.boolean().default(false) });

export type RepositoryLock = z.output<typeof lockSchema>;

/** Source: restic 0.18, `snapshots --json`. Newest first. */
export function parseSnapshots(stdout: string, target: string): Snapshot[] {
  const rows = parse(z.array(snapshotSchema), stdout, "restic snapshots");
  return newestFirst(rows.map((row) => toSnapshot(row, target)));
}

export const newestFirst = (snapshots: readonly Snapshot[]): Snapshot[] => snapshots.toSorted((left, right) => right.createdAt.localeCompare(left.createdAt));

function toSnapshot({ id, time, tags, summary }: z.output<typeof snapshotSchema>, target: string): Snapshot {
  const startedAt = new Date(time);
  const tenants = tenantsOfTags(tags ?? []);
  return {
    id,
    target,
    createdAt: startedAt.toISOString(),
    sizeBytes: summary?.total_bytes_processed ?? 0,
    addedBytes: summary?.data_added_packed ?? 0,
    files: summary?.total_files_processed ?? 0,
    durationMs: summary === undefined ? 0 : Math.max(0, Date.parse(summary.backup_end) - startedAt.getTime()),
    databases: databasesOfTags(tags ?? []),
    tenants,
    pauseMs: Math.max(0, ...tenants.map(({ pauseMs }) => pauseMs)),
  };
}

/** The new snapshot, from the last line of `backup --json`. */
export function parseBackup(stdout: string, { startedAt, databases, tenants }: SnapshotOrder, target: string): Snapshot {
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  const summary = parse(summarySchema.extend({ message_type: z.literal("summary"), snapshot_id: z.string() }), last, "restic backup");
  return toSnapshot({ id: summary.snapshot_id, time: wholeSecond(startedAt), tags: tagsOf(databases, tenants), summary }, target);
}

export const parseLock = (stdout: string): RepositoryLock => parse(lockSchema, stdout, "restic cat lock");
export const parseIds = (stdout: string): string[] => stdout.split("\n").filter((line) => /^[0-9a-f]{64}$/.test(line));

/** The path and cause in a line of `backup --json` about a file that was left out; undefined for other lines. */
export function parseSkipped(line: string): { path: string; cause: string } | undefined {
  if (!line.startsWith("{")) return undefined;
  const schema = z.object({ message_type: z.literal("error"), during: z.literal("archival"), item: z.string(), error: z.object({ message: z.string() }) });
  const parsed = schema.safeParse(parseJson(line));
  return parsed.success ? { path: parsed.data.item, cause: parsed.data.error.message } : undefined;
}

/** Bytes that a repository's packs take in the bucket. */
export const parseStored = (stdout: string): number => parse(z.object({ total_size: z.number() }), stdout, "restic stats").total_size;

/** Whether a line says that the bucket failed and is asked again. */
export const isRetry = (line: string): boolean => line.includes("returned error, retrying after");

function parse<T extends z.ZodType>(schema: T, text: string, what: string): z.output<T> {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw backupError("backup.tool-failed", `${what} printed something unexpected: ${text.slice(0, 200)}`, { cause: parsed.error });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const exitCodes = { repositoryMissing: 10, locked: 11, wrongKey: 12 } as const;
const away = /dial tcp|connection refused|connection reset|no such host|i\/o timeout|TLS handshake|proxyconnect|deadline exceeded|EOF|Bad Gateway|Error 5\d\d/i;
const refused = /Error 40[13]|could not find default credentials|oauth2|invalid_grant|permission denied on resource/i;

/** What a failed run of restic means, and the cure. Source: restic 0.18 manual, "Exit codes". */
export function failureOf(outcome: Outcome, repository: string): AppError {
  const cause = causeIn(outcome.stderr);
  switch (outcome.exitCode) {
    case exitCodes.repositoryMissing:
      return backupError("backup.repository-missing", `There is no backup repository at ${repository}.`);
    case exitCodes.locked:
      return backupError("backup.repository-locked", `The repository ${repository} is in use: ${cause}`);
    case exitCodes.wrongKey:
      return backupError(
        "backup.wrong-key",
        `The key does not open the repository ${repository}. Put the key that this home's backups were made with into BACKUP_KEY_FILE, or name another BACKUP_REPOSITORY.`,
      );
    default:
      return failureByText(outcome, repository, cause);
  }
}

function failureByText({ stderr, timedOut, exitCode }: Outcome, repository: string, cause: string): AppError {
  if (/no space left on device/i.test(stderr))
    return backupError("backup.disk-full", `No space is left on the jobs volume: ${cause}. Free some, and try again.`);
  if (/already contains keys/.test(stderr))
    return backupError(
      "backup.repository-broken",
      `The repository ${repository} has keys but no config: it was damaged, or its making was cut short. If it never held a snapshot, delete what lies at that path in the bucket; else put its object "config" back.`,
    );
  if (
    /repository contains errors|ciphertext verification failed|pack file .* not found|is damaged|invalid data returned|hash mismatch|does not match id/i.test(
      stderr,
    )
  )
    return backupError(
      "backup.repository-spoilt",
      `Data in ${repository} is missing or spoilt: ${cause}. Restore from another target; \`restic repair packs\` and \`restic repair snapshots\` save what is left here.`,
    );
  if (/not found in snapshot|cannot dump/.test(stderr))
    return backupError("backup.bad-snapshot", `A snapshot lacks a file that every snapshot of a home has: ${cause}. Choose another snapshot.`);
  if (refused.test(stderr))
    return backupError(
      "backup.bucket-refused",
      `The bucket of ${repository} refused the credential: ${cause}. Check BUCKET_CREDENTIALS_FILE and the account's role on the bucket.`,
    );
  // Whatever the cause: a bucket that was asked again and again until the time was over does not answer.
  if (away.test(stderr) || (timedOut && isRetry(stderr)))
    return backupError(
      "backup.bucket-away",
      `The bucket of ${repository} can't be reached: ${cause}. It is tried again by itself; check the network and the bucket.`,
    );
  if (timedOut) return backupError("backup.overdue", `restic did not end in time: ${cause || "it said nothing"}.`);
  return backupError("backup.tool-failed", `restic ended with ${exitCode}: ${cause}`);
}

/** The last thing that restic complained about, without its clean-up messages. */
function causeIn(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map(messageIn)
    .filter((line) => line !== "" && !/^(signal .* received|Is there a repository)/.test(line));
  const retrying = lines.findLast((line) => isRetry(line));
  return (lines.some((line) => line.includes("context canceled")) ? (retrying?.replace(/^.* retrying after [^:]*: /, "") ?? lines.at(-1)) : lines.at(-1)) ?? "";
}

function messageIn(line: string): string {
  const message = line.startsWith("{") ? (parseJson(line) as { message?: string } | undefined)?.message : line;
  return (
    stripVTControlCharacters(message ?? line)
      .replace(/^Fatal: /, "")
      .split("\n")[0] ?? ""
  );
}
