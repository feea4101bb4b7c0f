import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "@freehold/kernel/clock";
import { AppError } from "@freehold/kernel/errors";
import type { Pool } from "@freehold/kernel/postgres";
import pg from "pg";
import { databaseFailure } from "../databases.ts";
import { backupError, hasCode } from "../errors.ts";
import type { RunContext } from "../restic.ts";
import { parseHistory, parseInfo, parseTimelineTimes, type ArchiveInfo, type Timeline } from "./info.ts";
import { archiveFailure, parseReport, type Report } from "./report.ts";
import type { RecoveryPlan } from "./target.ts";

export interface ArchiveSettings {
  pool: Pool;
  clock: Clock;
  /** Units: milliseconds. For what moves data. */
  timeoutMs: number;
}

/** The cluster that runs now. */
export interface Server {
  systemId: string;
  /** The major version. */
  version: string;
  timeline: number;
}

/** How far the archive is behind. */
export interface ArchiveState {
  /** Age of the oldest finished segment that is not in the bucket; 0 when all are. */
  lagSeconds: number;
  waitingBytes: number;
  queueMaxBytes: number;
  /** Segments that were given up since the newest base backup, because the bucket was away too long. */
  dropped: number;
  /** Units: milliseconds since 1970; null before the first. */
  lastArchivedAt: number | null;
}

/** How a restore that PostgreSQL's container carried out has ended. */
export interface RestoreOutcome {
  id: string;
  ok: boolean;
  /** The time of the last commit in it, as PostgreSQL writes it, or why it failed. */
  detail: string;
}

const pollMs = 250;
const settleTimeoutMs = 120_000;
const paths = { reports: "/run/postgresql/reports", outcome: "/data/restore.outcome", order: "/data/restore.order", dropped: "/data/archive.dropped" };

/**
 * The archive of the cluster. pgBackRest works where PostgreSQL's files are, in its container; this service tells it what to do over the superuser's
 * connection that it has anyway (COPY TO PROGRAM), so that no further door, credential or program stands open there.
 * Throws: AppErrors `backup.database-…` and those of `archiveFailure`.
 */
export class Archive {
  readonly #settings: ArchiveSettings;

  constructor(settings: ArchiveSettings) {
    this.#settings = settings;
  }

  /** Whether PostgreSQL has an archive; without WAL_REPOSITORY it has none. */
  async enabled(): Promise<boolean> {
    return (await this.#one<{ mode: string }>("select current_setting('archive_mode') as mode")).mode === "on";
  }

  async server(): Promise<Server> {
    return this.#one<Server>(
      `select system_identifier::text as "systemId", split_part(current_setting('server_version'), '.', 1) as version,
              ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int as timeline from pg_control_system()`,
    );
  }

  async info(context: RunContext): Promise<ArchiveInfo> {
    return parseInfo(await this.#report(["info"], context));
  }

  /** The timelines that began with a restore of this cluster. */
  async timelines(cluster: { id: number; version: string }, context: RunContext): Promise<Timeline[]> {
    const place = `${cluster.version}-${cluster.id}`;
    const times = parseTimelineTimes(await this.#report(["timelines", place], context));
    const timelines: Timeline[] = [];
    for (const { id, since } of times) {
      const name = id.toString(16).toUpperCase().padStart(8, "0");
      timelines.push({ id, since, parents: parseHistory(await this.#report(["history", place, name], context)) });
    }
    return timelines;
  }

  /** Makes room in the bucket for this cluster's segments, beside those of clusters before it. */
  async admit(server: Server, { clusters }: ArchiveInfo, context: RunContext): Promise<void> {
    if (clusters.at(-1)?.systemId === server.systemId) return;
    const { exitCode, text } = await this.#report([clusters.length === 0 ? "create" : "upgrade"], context);
    if (exitCode !== 0) throw archiveFailure("The archive could not be made ready for this PostgreSQL", text);
  }

  /** Copies the whole cluster to the bucket while it is in use, and drops what is older than the archive's time. */
  async backUp(type: "full" | "diff", context: RunContext): Promise<void> {
    const { exitCode, text } = await this.#report(["backup", type], context);
    // By a signal: of the kernel that lacks memory, of the server that ends, of somebody.
    if (exitCode > 128) throw backupError("backup.stopped", `The base backup was killed (${exitCode}). It is tried again by itself.`);
    if (exitCode !== 0) throw archiveFailure("The base backup failed", text);
    await this.#report(["forget-dropped"], context);
  }

  async state(): Promise<ArchiveState> {
    return this.#one<ArchiveState>(
      `select coalesce(max(extract(epoch from clock_timestamp() - modification)) filter (where name like '%.ready'), 0)::float8 as "lagSeconds",
              (count(*) filter (where name like '%.ready') * pg_size_bytes(current_setting('wal_segment_size')))::float8 as "waitingBytes",
              (select current_setting('freehold.wal_queue_max_mb')::float8 * 1048576) as "queueMaxBytes",
              coalesce(array_length(string_to_array(trim(trailing e'\\n' from pg_read_file('${paths.dropped}', true)), e'\\n'), 1), 0) as dropped,
              (select extract(epoch from last_archived_time) * 1000 from pg_stat_archiver)::float8 as "lastArchivedAt"
       from pg_ls_archive_statusdir()`,
    );
  }

  /** Brings everything committed until now into the archive, and a commit after it, without which no recovery could tell where to stop. */
  async settle(context: RunContext): Promise<void> {
    await this.#query("select pg_current_xact_id()");
    const { segment } = await this.#one<{ segment: string }>("select pg_walfile_name(pg_switch_wal()) as segment");
    const deadline = this.#settings.clock.now() + settleTimeoutMs;
    for (;;) {
      const { waiting } = await this.#one<{ waiting: boolean }>(
        `select exists (select from pg_ls_archive_statusdir() where name like '%.ready' and left(name, 24) <= $1) as waiting`,
        [segment],
      );
      if (!waiting) return;
      if (this.#settings.clock.now() > deadline)
        throw backupError(
          "backup.archive-stalled",
          `The newest commits did not reach the archive within ${settleTimeoutMs / 1_000} s. Look at the log of PostgreSQL's container.`,
        );
      await delay(pollMs, undefined, context.signal === undefined ? {} : { signal: context.signal });
    }
  }

  /** Orders a restore, which ends PostgreSQL for a while, and waits until it is carried out. */
  async restore(id: string, { label, target, timeline }: RecoveryPlan, context: RunContext): Promise<RestoreOutcome> {
    const moment = target === "newest" ? target : `${new Date(target).toISOString().slice(0, -1)}+00`;
    // The server ends while it is told to: a connection that breaks here is as it should be.
    const failure = await this.#report(["order", id, label, moment, String(timeline)], context).then(orderFailure, (thrown: unknown) => thrown);
    if (failure !== undefined && !hasCode(failure, "backup.database-away") && !hasCode(failure, "backup.database-failed")) throw failure;
    return this.#awaitOutcome(id, failure, context);
  }

  async #awaitOutcome(id: string, failure: unknown, context: RunContext): Promise<RestoreOutcome> {
    const { clock, timeoutMs } = this.#settings;
    const deadline = clock.now() + timeoutMs;
    while (clock.now() < deadline) {
      const fate = await this.fate(id).catch(() => "ordered" as const);
      if (fate === "unknown") throw failure ?? backupError("backup.tool-failed", "PostgreSQL's container lost the order to restore. Run it again.");
      if (fate !== "ordered") return fate;
      await delay(pollMs, undefined, context.signal === undefined ? {} : { signal: context.signal });
      context.signal?.throwIfAborted();
    }
    throw backupError(
      "backup.overdue",
      `PostgreSQL did not come back from the archive in ${timeoutMs / 60_000} minutes. It goes on; raise BACKUP_TIMEOUT_MINUTES.`,
    );
  }

  /** What became of an order: not begun or not ended yet, ended, or never heard of. */
  async fate(id: string): Promise<RestoreOutcome | "ordered" | "unknown"> {
    const { order, outcome } = await this.#one<{ order: string | null; outcome: string | null }>(
      `select pg_read_file('${paths.order}', true) as order, pg_read_file('${paths.outcome}', true) as outcome`,
    );
    const [ended, result, ...detail] = outcome?.split("\n") ?? [];
    if (ended === id) return { id, ok: result === "ok", detail: detail.join(" ").trim() };
    return order?.startsWith(`${id} `) ? "ordered" : "unknown";
  }

  /** Runs a command of the archive in PostgreSQL's container and reads what it said. */
  async #report(words: readonly string[], { signal }: RunContext): Promise<Report> {
    const bad = words.find((word) => !/^[\w.:+-]{1,80}$/.test(word));
    if (bad !== undefined) throw backupError("backup.tool-failed", `"${bad.slice(0, 80)}" is no word of a command of the archive.`);
    const id = randomUUID();
    const client = await this.#settings.pool.connect().catch((thrown: unknown) => {
      throw databaseFailure(thrown);
    });
    // Ending the connection leaves the command to itself: what it began, it finishes.
    const leave = () => client.release(true);
    signal?.addEventListener("abort", leave, { once: true });
    try {
      await client.query(`copy (select 1) to program ${pg.escapeLiteral(`pgbackrest-wal.sh report ${id} ${words.join(" ")}`)}`);
      const { rows } = await client.query<{ text: string }>(`select pg_read_file('${paths.reports}/${id}') as text`);
      return parseReport(rows[0]?.text ?? "");
    } catch (thrown) {
      if (signal?.aborted) throw backupError("backup.stopped", "The service stops; what the archive was told goes on.", { cause: thrown });
      throw thrown instanceof AppError ? thrown : databaseFailure(thrown);
    } finally {
      signal?.removeEventListener("abort", leave);
      if (!signal?.aborted) client.release();
    }
  }

  async #one<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row> {
    const [row] = (await this.#query<Row>(sql, values)).rows;
    if (row === undefined) throw backupError("backup.database-failed", "PostgreSQL answered a question about its archive with nothing.");
    return row;
  }

  async #query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<pg.QueryResult<Row>> {
    try {
      return await this.#settings.pool.query<Row>(sql, values);
    } catch (thrown) {
      throw databaseFailure(thrown);
    }
  }
}

const orderFailure = ({ exitCode, text }: Report) => (exitCode === 0 ? undefined : archiveFailure("The restore could not be ordered", text));
