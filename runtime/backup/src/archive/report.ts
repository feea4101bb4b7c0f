import type { AppError } from "@freehold/kernel/errors";
import { backupError, type ErrorCode } from "../errors.ts";

/** What a command of the archive said, and how it ended. */
export interface Report {
  exitCode: number;
  text: string;
}

/** Shape: what was printed, then a line `exit <code>`. Throws: AppError `backup.tool-failed`. */
export function parseReport(content: string): Report {
  const [, text, code] = /^([^]*)\nexit (\d+)\n$/.exec(content) ?? [];
  if (text === undefined || code === undefined) throw backupError("backup.tool-failed", `The archive's report is cut off: ${content.slice(-200)}`);
  return { exitCode: Number(code), text: text.trim() };
}

interface Meaning {
  matches: RegExp;
  code: ErrorCode;
  cure: string;
}

/** The first that matches is meant: what is certain comes before what a broken connection may also look like. */
const meanings: readonly Meaning[] = [
  {
    matches: /unable to flush|cipher header invalid|CryptoError|key\/value found outside of section at line 1/,
    code: "backup.wrong-key",
    cure: "Put the key that the archive was made with into WAL_KEY_FILE of PostgreSQL's container.",
  },
  {
    matches: /recovery ended before configured recovery target/,
    code: "backup.bad-target",
    cure: "The archive ends before that moment, or has a gap before it; choose an earlier one.",
  },
  { matches: /No space left on device/i, code: "backup.disk-full", cure: "Free space on PostgreSQL's volume: a restore needs a second copy of all databases." },
  {
    matches: /failed with 40[13]|AccessError|InvalidAccessKeyId|SignatureDoesNotMatch/,
    code: "backup.bucket-refused",
    cure: "Check the credential of the bucket.",
  },
  { matches: /\[050\]|LockAcquireError|unable to acquire lock/, code: "backup.busy", cure: "It goes on by itself; ask again when it is done." },
  {
    matches:
      /\[(049|101|103)\]|HostConnectError|ServiceError|unable to connect|unable to get address|timeout after|Connection re(fused|set)|unexpected eof|failed with 5\d\d/i,
    code: "backup.bucket-away",
    cure: "It is tried again by itself; check the network and the bucket.",
  },
  {
    matches: /bucket does not exist|NoSuchBucket|failed with 404|\[055\].*(archive|backup)\.info|unable to load info file|missing stanza/,
    code: "backup.repository-missing",
    cure: "Check WAL_REPOSITORY of PostgreSQL's container.",
  },
  {
    matches: /\[082\]|ArchiveTimeoutError/,
    code: "backup.archive-stalled",
    cure: "Look at the log of PostgreSQL's container for why segments don't get through.",
  },
  { matches: /\[063\]|TermError|shutting down|terminating connection/i, code: "backup.database-away", cure: "It is tried again by itself." },
  {
    matches: /\[(026|028|029|055|075|099)\]|ChecksumError|FormatError|invalid checkpoint|not a child of this server's history/,
    code: "backup.archive-broken",
    cure: "Choose an older moment, or restore a snapshot by its id.",
  },
];

/** What a failed command of the archive means, and the cure. Source: pgBackRest 2.55, src/build/error/error.yaml. */
export function archiveFailure(what: string, text: string): AppError {
  const words = text
    .split("\n")
    .filter((line) => /ERROR|FATAL|PANIC|WARN|HINT|\[\w+Error\]/.test(line))
    .slice(-4)
    .join(" ");
  const said = (words === "" ? text.slice(-300) : words).trim().replaceAll(/\s+/g, " ");
  const meaning = meanings.find(({ matches }) => matches.test(text));
  return meaning === undefined ? backupError("backup.tool-failed", `${what}: ${said}`) : backupError(meaning.code, `${what}: ${said}. ${meaning.cure}`);
}
