import type { AppError } from "@freehold/kernel/errors";
import { backupError } from "../errors.ts";
import type { Outcome } from "../process.ts";

/** What a home keeps that nobody misses: files that can be made again, locks of running processes, and SQLite's shared memory, which must never be restored. */
export const leftOut = ["/cache/", "/tmp/", "*-shm"];

/** Whether a folder would be left out that stood at the beginning of a path; a file of its name is not. */
export const isFolderLeftOut = (path: string): boolean => leftOut.includes(`/${path.split("/", 1).join("")}/`);

/**
 * One pass from a home to its stage. Times are compared to the nanosecond: in whole seconds, rsync's own way, a database page
 * written in the second of the first pass would be missed by the second one. The paths end with a slash: what is in them, not they themselves.
 */
export function passArguments(home: string, stage: string, more: readonly string[] = []): string[] {
  const what = ["--archive", "--hard-links", "--no-devices", "--no-specials", "--sparse", "--modify-window=-1", "--out-format=%i %n"];
  // One unreadable folder must not keep what was deleted elsewhere: an old -wal beside a new database would spoil it.
  const deleting = ["--delete", "--delete-excluded", "--ignore-errors"];
  // A folder that even its owner may not enter would stop the next pass, and restic.
  const rights = ["--no-owner", "--no-group", "--chmod=Du+rwx"];
  return [...what, ...deleting, ...rights, ...leftOut.map((pattern) => `--exclude=${pattern}`), ...more, "--", `${home}/`, `${stage}/`];
}

/** A pass over the paths that it is told alone: not even what is below a folder, unless that is told, too. What is not there any more goes from the stage. */
export function listedPassArguments(home: string, stage: string): string[] {
  const rest = passArguments(home, stage).filter((argument) => !argument.startsWith("--delete"));
  return ["--files-from=-", "--from0", "--delete-missing-args", "--force", ...rest];
}

/** How a listed pass is told its paths, on its standard input. After `./` no name is a comment. */
export const listOf = (paths: readonly Buffer[]): Buffer => Buffer.concat(paths.flatMap((path) => [Buffer.from("./"), path, Buffer.from([0])]));

/** The same pass, only asked what it would change. */
export const comparison = (home: string, stage: string): string[] => passArguments(home, stage, ["--dry-run"]);

/** Whether a pass had anything to do. */
export const changedAnything = ({ stdout }: Outcome): boolean => stdout.trim() !== "";

/** The files whose content a pass has copied, as paths below the stage; rsync writes bytes that are no text as `\\#` and three octal digits. */
export function copiedIn({ stdout }: Outcome): Buffer[] {
  const names = stdout.split("\n").flatMap((line) => /^>f\S{9} (.+)$/.exec(line)?.[1] ?? []);
  return names.map(bytesOf);
}

const bytesOf = (name: string): Buffer => Buffer.concat(name.split(/(\\#\d{3})/).map((part) => (/^\\#\d{3}$/.test(part) ? octal(part) : Buffer.from(part))));

/** All paths below the stage to which a pass did anything, and be it to their rights alone; also what it took away. */
export function touchedIn({ stdout }: Outcome): Buffer[] {
  const names = stdout.split("\n").flatMap((line) => /^(?:\*deleting +|\S{11} )(.+?)\/?$/.exec(line)?.[1] ?? []);
  return names.map(bytesOf);
}

const octal = (escaped: string) => Buffer.from([Number.parseInt(escaped.slice(2), 8)]);

const someUnreadable = 23;
const someVanished = 24;

/** Files that were left out because their owner locked them or took them away; throws for whatever makes the copy useless. */
export function skippedIn({ exitCode, stderr, timedOut }: Outcome, tenant: string): string[] {
  if (timedOut) throw backupError("backup.overdue", `The home of ${tenant} could not be copied in time.`);
  const failure = failureIn(exitCode, stderr, tenant);
  if (failure !== undefined) throw failure;
  return stderr.split("\n").flatMap((line) => /^rsync: .*?"(.+)"\)?(?: failed)?: /.exec(line)?.[1] ?? []);
}

function failureIn(exitCode: number, stderr: string, tenant: string): AppError | undefined {
  if (/no space left on device|disk quota exceeded/i.test(stderr))
    return backupError("backup.disk-full", `The tenants volume has no room for the stage of ${tenant}. Free some; it is tried again by itself.`);
  if (exitCode === 0 || exitCode === someVanished) return undefined;
  const ofStage = /^rsync: \[(?:generator|receiver)\].*/m.exec(stderr)?.[0];
  if (exitCode === someUnreadable && ofStage === undefined) return /change_dir .* failed: No such file/.test(stderr) ? gone(tenant) : undefined;
  const cause = ofStage ?? stderr.split("\n").findLast((line) => line !== "") ?? "it said nothing";
  return backupError("backup.tool-failed", `rsync ended with ${exitCode} for ${tenant}: ${cause}`);
}

const gone = (tenant: string) => backupError("backup.unknown-tenant", `The tenant ${tenant} has no home any more.`);
