import { z } from "zod";
import { backupError } from "../errors.ts";
import { archiveFailure, type Report } from "./report.ts";

/** A copy of the whole cluster, from which recovery begins. */
export interface BaseBackup {
  label: string;
  full: boolean;
  /** Units: milliseconds since 1970. Consistent from `stoppedAt` on. */
  startedAt: number;
  stoppedAt: number;
  timeline: number;
  stopLsn: bigint;
  /** Which of the archive's clusters it is of. */
  databaseId: number;
  /** Size of the cluster, and what this backup added to the bucket. */
  sizeBytes: number;
  addedBytes: number;
}

/** One cluster that was archived here; another begins when a home was filled from dumps, or its major version changed. */
export interface ArchivedCluster {
  id: number;
  /** Too long for a number. */
  systemId: string;
  /** The major version. */
  version: string;
}

export interface ArchiveInfo {
  clusters: ArchivedCluster[];
  /** Oldest first. */
  backups: BaseBackup[];
}

const backupSchema = z.object({
  label: z.string(),
  type: z.enum(["full", "diff", "incr"]),
  error: z.boolean().nullish(),
  timestamp: z.object({ start: z.number(), stop: z.number() }),
  archive: z.object({ start: z.string().nullable() }),
  lsn: z.object({ stop: z.string() }).optional(),
  database: z.object({ id: z.number() }),
  info: z.object({ size: z.number(), repository: z.object({ delta: z.number().optional() }) }),
});
const status = z.object({ code: z.number(), message: z.string() });
const stanzaSchema = z.object({
  status,
  repo: z.array(z.object({ status })).default([]),
  db: z.array(z.object({ id: z.number(), "system-id": z.string(), version: z.string() })).default([]),
  backup: z.array(backupSchema).default([]),
});

const statusOf = { missingPath: 1, noBackup: 2, missingData: 3, other: 99 } as const;

/** Source: pgBackRest 2.55, `info --output=json`. Nothing archived yet is an empty answer. Throws: AppErrors of `archiveFailure`. */
export function parseInfo({ exitCode, text }: Report): ArchiveInfo {
  if (exitCode !== 0) throw archiveFailure("The archive can't be asked", text);
  const stanza = z.array(stanzaSchema).safeParse(parseJson(text));
  if (!stanza.success) throw backupError("backup.tool-failed", `pgbackrest info printed something unexpected: ${text.slice(0, 200)}`, { cause: stanza.error });
  const [home] = stanza.data;
  if (home === undefined) return { clusters: [], backups: [] };
  const faults = [home.status, ...home.repo.map((repo) => repo.status)].filter(({ code }) => code === statusOf.other);
  if (faults.length > 0) throw archiveFailure("The archive can't be read", faults.map(({ message }) => message).join("\n"));
  return {
    clusters: home.db.map((db) => ({ id: db.id, systemId: db["system-id"], version: db.version })),
    backups: home.backup.filter(({ error }) => error !== true).flatMap(toBaseBackup),
  };
}

function toBaseBackup({ label, type, timestamp, archive, lsn, database, info }: z.output<typeof backupSchema>): BaseBackup[] {
  // Only of a cluster that was stopped; we make none of these.
  if (archive.start === null || lsn === undefined) return [];
  return [
    {
      label,
      full: type === "full",
      startedAt: timestamp.start * 1_000,
      stoppedAt: timestamp.stop * 1_000,
      timeline: Number.parseInt(archive.start.slice(0, 8), 16),
      stopLsn: parseLsn(lsn.stop),
      databaseId: database.id,
      sizeBytes: info.size,
      addedBytes: info.repository.delta ?? 0,
    },
  ];
}

/** Shape: two hexadecimal halves of 32 bits, `0/5000028`. */
export function parseLsn(text: string): bigint {
  const [high, low] = text.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** A piece of the cluster's life that began with a restore (or, the first, with the cluster). */
export interface Timeline {
  id: number;
  /** When it began to be archived. Units: milliseconds since 1970. */
  since: number;
  /** The timelines it stands on, each up to where it was left. */
  parents: { id: number; until: bigint }[];
}

export const firstTimeline: Timeline = { id: 1, since: 0, parents: [] };

/** The timelines that began with a restore, with their times. Source: pgBackRest 2.55, `repo-ls --output=json`. */
export function parseTimelineTimes({ exitCode, text }: Report): { id: number; since: number }[] {
  if (exitCode !== 0) throw archiveFailure("The archive's timelines can't be listed", text);
  const listed = z.record(z.string(), z.object({ time: z.number().optional() })).safeParse(parseJson(text));
  if (!listed.success) throw backupError("backup.tool-failed", `pgbackrest repo-ls printed something unexpected: ${text.slice(0, 200)}`);
  return Object.entries(listed.data).flatMap(([name, { time }]) => {
    const id = /^([0-9A-F]{8})\.history$/.exec(name)?.[1];
    return id === undefined || time === undefined ? [] : [{ id: Number.parseInt(id, 16), since: time * 1_000 }];
  });
}

/** Source: PostgreSQL 17, "Timelines": a line for each parent, its number, where it was left, and why. */
export function parseHistory({ exitCode, text }: Report): Timeline["parents"] {
  if (exitCode !== 0) throw archiveFailure("The history of a timeline can't be read", text);
  return [...text.matchAll(/^(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/gim)].map(([, id, lsn]) => ({ id: Number(id), until: parseLsn(lsn ?? "0/0") }));
}

/** A system identifier has more digits than a number of JavaScript holds, so it becomes text before the JSON is read. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replaceAll(/"system-id":\s*(\d+)/g, '"system-id":"$1"'));
  } catch {
    return undefined;
  }
}
