import { randomUUID } from "node:crypto";
import type pg from "pg";
import { slots, type Place } from "./place.ts";
import { timed, type Figure } from "./samples.ts";
import { until } from "../../tests/support/until.ts";

export interface Tempo {
  jobs: number;
  reads: number;
  writes: number;
  claims: number;
  floodLines: number;
  replays: number;
  lines: number;
  watchers: number;
}

const columns = "id, title, left(prompt, 1000) as prompt, state, created_at, left(result, 1000) as result";
const reading = { p50: 5, p99: 25 };

interface Read {
  name: string;
  path: string;
  sql: string;
  values: unknown[];
}

function readsOf({ schedule, middleId }: { schedule: string; middleId: string }): Read[] {
  const cursor = Buffer.from(middleId).toString("base64url");
  const page = "order by id desc limit 50";
  return [
    { name: "newest 50", path: "?limit=50", sql: `select ${columns} from jobs ${page}`, values: [] },
    { name: "50 from the middle on", path: `?limit=50&cursor=${cursor}`, sql: `select ${columns} from jobs where id < $1 ${page}`, values: [middleId] },
    { name: "in one state", path: "?limit=50&state=cancelled", sql: `select ${columns} from jobs where state = $1 ${page}`, values: ["cancelled"] },
    {
      name: "in two states, from the middle on",
      path: `?limit=50&state=failed,cancelled&cursor=${cursor}`,
      sql: `select ${columns} from jobs where state = any($1) and id < $2 ${page}`,
      values: [["failed", "cancelled"], middleId],
    },
    { name: "of a schedule", path: `?limit=50&schedule=${schedule}`, sql: `select ${columns} from jobs where schedule_id = $1 ${page}`, values: [schedule] },
    ...[
      ["a common word", "word7"],
      ["a word in a hundred", "word1700"],
      ["a rare word", "word2999"],
      ["three words", "word12 word55 task"],
      ["no job's word", "nowhere"],
    ].map(([name, words = ""]) => ({
      name: `search: ${name}`,
      path: `?limit=50&search=${encodeURIComponent(words)}`,
      sql: `select ${columns} from jobs where search @@ plainto_tsquery('simple', $1) ${page}`,
      values: [words],
    })),
    { name: "one job", path: `/${middleId}`, sql: "select id, title, prompt, state, created_at, result from jobs where id = $1", values: [middleId] },
  ];
}

export async function measureReads(place: Place, tempo: Tempo, seeded: { schedule: string; middleId: string }): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { name, path, sql, values } of readsOf(seeded)) {
    const ask = () => place.call("GET", `${place.worker}/api/jobs${path}`);
    const select = () => place.pool.query(sql, values);
    await timed(20, ask);
    await timed(20, select);
    figures.push({
      name: `GET, ${name}`,
      baseline: "the select alone, through pg",
      unit: "ms",
      worker: await place.withCpu(tempo.reads, () => timed(tempo.reads, ask)),
      plain: await timed(tempo.reads, select),
      goal: reading,
    });
  }
  return figures;
}

export async function measureWrites(place: Place, tempo: Tempo): Promise<Figure> {
  await place.call("POST", `${place.worker}/api/queue/pause`, {});
  const post = (index: number) => place.call("POST", `${place.worker}/api/jobs`, { prompt: `Bench ${index}: ${"do this and that ".repeat(40)}` });
  await timed(10, post);
  const worker = await place.withCpu(tempo.writes, () => timed(tempo.writes, post));
  const plain = await plainTable(place.pool, () => timed(tempo.writes, () => place.pool.query("insert into plain_jobs (id) values ($1)", [randomUUID()])));
  return { name: "POST of a job", baseline: "one insert into a bare table, through pg", unit: "ms", worker, plain, goal: { p50: 50, p99: 50 } };
}

async function plainTable<T>(pool: pg.Pool, measure: () => Promise<T>): Promise<T> {
  await pool.query("create table if not exists plain_jobs (id uuid primary key, state text not null default 'queued', at timestamptz not null default now())");
  await pool.query("create index if not exists plain_queued on plain_jobs (at) where state = 'queued'");
  return measure();
}

/** Short jobs, as many as there are slots at once, from the first claim to the last. */
export async function measureClaims(place: Place, tempo: Tempo): Promise<Figure[]> {
  const { rows } = await place.pool.query<{ count: number }>("select count(*)::int as count from jobs where state = 'queued'");
  const queued = rows[0]?.count ?? 0;
  for (let index = queued; index < tempo.claims; index++) await place.call("POST", `${place.worker}/api/jobs`, { prompt: "short" });
  const from = new Date();
  await place.call("POST", `${place.worker}/api/queue/resume`);
  await until("the jobs to end", async () => (await place.pool.query("select from jobs where state in ('queued', 'running') limit 1")).rowCount === 0, {
    timeoutMs: 300_000,
    everyMs: 200,
  });
  const { rows: ran } = await place.pool.query<{ claimed: number; seconds: number }>(
    "select count(*)::int as claimed, extract(epoch from max(finished_at) - min(started_at))::float8 as seconds from attempts where started_at >= $1",
    [from],
  );
  const { claimed, seconds } = ran[0] as { claimed: number; seconds: number };
  const counts = await place.call<{ started: number; mostRunning: number; mostOfOneJob: number }>("POST", `${place.mock}/mock/counts`);
  return [
    {
      name: "jobs from claim to end",
      baseline: "claims alone, of a bare table with skip locked",
      unit: "/s",
      worker: { p50: claimed / seconds },
      plain: { p50: await plainClaims(place.pool) },
    },
    { name: "jobs that ran twice", baseline: "", unit: "", worker: { p50: counts.started - claimed }, plain: undefined, goal: { exactly: 0 } },
    {
      name: `running at once over the cap of ${slots}`,
      baseline: "",
      unit: "",
      worker: { p50: Math.max(0, counts.mostRunning - slots) },
      plain: undefined,
      goal: { exactly: 0 },
    },
  ];
}

async function plainClaims(pool: pg.Pool): Promise<number> {
  const from = performance.now();
  let claimed = 0;
  for (; performance.now() - from < 2_000; claimed++)
    await pool.query(
      `update plain_jobs set state = 'running' where id = (select id from plain_jobs where state = 'queued' order by at limit 1 for update skip locked)`,
    );
  return claimed / ((performance.now() - from) / 1_000);
}
