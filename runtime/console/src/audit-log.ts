import type { Queryable } from "@freehold/kernel/postgres";
import type { Outcome } from "./audit.ts";

/** One change, sign-in or refusal, as the console's page shows it. */
export interface AuditEntry {
  /** Shape: a decimal number; later entries have greater ones. */
  id: string;
  at: Date;
  actor: string;
  member: { id: string; name: string } | null;
  action: string;
  target: string;
  detail: string | null;
  address: string;
  requestId: string;
  status: number | null;
  /** Null until it ended, and for good when the console died meanwhile. */
  outcome: Outcome | null;
  /** Units: milliseconds. */
  durationMs: number | null;
}

export interface AuditQuery {
  limit: number;
  /** The id after which to go on. */
  cursor?: string | undefined;
  /** Words that must all occur somewhere in an entry. */
  search?: string | undefined;
  outcome?: Outcome | undefined;
  member?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** The newest entries first, a page at a time. */
export async function readAudit(db: Queryable, query: AuditQuery): Promise<{ entries: AuditEntry[]; nextCursor: string | null }> {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = [
    query.cursor !== undefined && `id < ${bind(query.cursor)}`,
    query.outcome !== undefined && `outcome = ${bind(query.outcome)}`,
    query.member !== undefined && `member_id = ${bind(query.member)}`,
    query.from !== undefined && `at >= ${bind(query.from)}`,
    query.to !== undefined && `at < ${bind(query.to)}`,
    ...wordsOf(query.search).map((word) => `${haystack} ilike ${bind(`%${word}%`)}`),
  ].filter((condition) => condition !== false);
  const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
  const { rows } = await db.query<AuditRow>(`select ${columns} from audit ${where} order by id desc limit ${bind(query.limit + 1)}`, values);
  const entries = rows.slice(0, query.limit).map(entryOf);
  return { entries, nextCursor: rows.length > query.limit ? entries.at(-1)!.id : null };
}

const haystack = "concat_ws(' ', actor, member_name, action, target, detail, address, request_id, status, outcome)";
const columns = `id::text, at, actor, member_id, member_name, action, target, detail, address, request_id, status, outcome,
  least(round(extract(epoch from ended_at - at) * 1000), 2147483647)::int as duration_ms`;

/** At most ten words; what means something to `like` is taken as it stands. */
const wordsOf = (search: string | undefined) =>
  (search ?? "")
    .split(/\s+/)
    .filter((word) => word !== "")
    .slice(0, 10)
    .map((word) => word.replace(/[\\%_]/g, "\\$&"));

interface AuditRow {
  id: string;
  at: Date;
  actor: string;
  member_id: string | null;
  member_name: string | null;
  action: string;
  target: string;
  detail: string | null;
  address: string;
  request_id: string;
  status: number | null;
  outcome: Outcome | null;
  duration_ms: number | null;
}

const entryOf = ({ member_id, member_name, request_id, duration_ms, ...row }: AuditRow): AuditEntry => ({
  ...row,
  member: member_id === null ? null : { id: member_id, name: member_name ?? member_id },
  requestId: request_id,
  durationMs: duration_ms,
});
