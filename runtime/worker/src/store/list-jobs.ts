import type { JobState } from "@freehold/kernel/api/job-state";
import type { Queryable } from "@freehold/kernel/postgres";
import { firstIdAt } from "../job-id.ts";
import type { Job } from "../job.ts";
import { shortJobColumns, toJob, type JobRow } from "./rows.ts";

/** Enough to tell jobs apart: boards are asked for every few seconds, also by phones. */
const listedCharacters = 300;

/** What is looked for; absent fields ask for nothing. Units: milliseconds since 1970, `toMs` not included. */
export interface JobFilter {
  states?: readonly JobState[] | undefined;
  search?: string | undefined;
  schedule?: string | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
  /** The id of the last job already seen. */
  before?: string | undefined;
  limit: number;
}

/** The newest jobs first. */
export async function listJobs(pool: Queryable, filter: JobFilter): Promise<Job[]> {
  const { text, values } = listQuery(filter);
  const { rows } = await pool.query<JobRow>(text, values);
  return rows.map(toJob);
}

/** Jobs are in the order of their ids, which begin with their times: every index that ends with the id gives a page without sorting. */
function listQuery({ states, search, schedule, fromMs, toMs, before, limit }: JobFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [listedCharacters];
  const value = (given: unknown) => `$${values.push(given)}`;
  const conditions = [
    ...(before === undefined ? [] : [`id < ${value(before)}`]),
    ...(fromMs === undefined ? [] : [`id >= ${value(firstIdAt(fromMs))}`]),
    ...(toMs === undefined ? [] : [`id < ${value(firstIdAt(toMs))}`]),
    ...(schedule === undefined ? [] : [`schedule_id = ${value(schedule)}`]),
    ...(search === undefined ? [] : [`search @@ to_tsquery('simple', ${value(tsqueryOf(search))})`]),
  ];
  const rest = `order by id desc limit ${value(limit)}`;
  const where = (more: readonly string[]) => (more.length === 0 ? "" : `where ${more.join(" and ")}`);
  // The ids first: where many jobs have to be sorted, their texts need not be read.
  const page = (ids: string) => ({ text: `select ${shortJobColumns} from jobs where id = any(array(${ids})) order by id desc`, values });
  if (states === undefined) return page(`select id from jobs ${where(conditions)} ${rest}`);
  const wanted = value(states);
  // By words or schedule there are few; else each state has its page in an index, and the page is the newest of these.
  if (search !== undefined || schedule !== undefined) return page(`select id from jobs ${where([...conditions, `state = any(${wanted})`])} ${rest}`);
  const ofState = `select id from jobs ${where([...conditions, "state = wanted.state"])} ${rest}`;
  return page(`select found.id from unnest(${wanted}::text[]) as wanted (state) cross join lateral (${ofState}) as found ${rest}`);
}

/** All of the words, each of them at the beginning of one. */
export function tsqueryOf(search: string): string {
  return search
    .split(/\s+/)
    .filter((word) => word !== "")
    .slice(0, 20)
    .map((word) => `'${word.replaceAll("\\", "\\\\").replaceAll("'", "''")}':*`)
    .join(" & ");
}
