import { beforeAll, expect, test } from "@jest/globals";
import { newJobId } from "../job-id.ts";
import type { Job } from "../job.ts";
import { withWorker } from "../testing/worker-scene.ts";

const scene = withWorker();

const schedule = "0193a1b2-0000-7000-8000-00000000beef";
const start = Date.parse("2026-03-01T00:00:00Z");
const states = ["succeeded", "failed", "cancelled", "queued"] as const;

beforeAll(async () => {
  await scene.client.query("update queue_state set paused_at = now()");
  await scene.client.query(
    `insert into schedules (id, name, expression, time_zone, work, max_attempts, no_overlap, missed, missed_limit, planned_at, created_at, updated_at, paused_at)
     values ($1, 's', '@daily', 'UTC', '{}', 1, false, 'skip', 1, now(), now(), now(), now())`,
    [schedule],
  );
  for (let minute = 0; minute < 40; minute++) {
    const state = states[minute % 4];
    const at = new Date(start + minute * 60_000);
    await scene.client.query(
      `insert into jobs (id, title, prompt, state, max_attempts, timeout_ms, request_sha256, created_at, finished_at, schedule_id)
       values ($1, $2, $3, $4, 1, 1000, 'x', $5, case when $4 <> 'queued' then $5::timestamptz end, $6)`,
      [
        newJobId(at.getTime(), () => new Uint8Array(16).fill(minute)),
        `Report ${minute}`,
        minute % 10 === 3 ? "Mend the log-follower in src/logs; it's slow" : "Write",
        state,
        at,
        minute % 5 === 0 ? schedule : null,
      ],
    );
  }
});

const list = async (query: string) => {
  const answer = await scene.worker.call("GET", `/api/jobs?${query}`);
  return { status: answer.status, ...((await answer.json()) as { jobs: Job[]; nextCursor: string | null }) };
};
const minutesOf = (jobs: readonly Job[]) => jobs.map((job) => Number(job.title.split(" ")[1]));
const all = Array.from({ length: 40 }, (_none, index) => 39 - index);
const page = async (query: string) => {
  const seen: Job[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { jobs, nextCursor } = await list(`${query}&limit=7${cursor === "" ? "" : `&cursor=${cursor}`}`);
    seen.push(...jobs);
    cursor = nextCursor;
  }
  return minutesOf(seen);
};

test.each([
  ["everything", "", () => true],
  ["one state", "state=failed", (minute: number) => minute % 4 === 1],
  ["several states, merged by time", "state=failed,queued", (minute: number) => minute % 4 === 1 || minute % 4 === 3],
  ["a schedule's jobs", `schedule=${schedule}`, (minute: number) => minute % 5 === 0],
  ["a schedule's jobs in a state", `schedule=${schedule}&state=succeeded`, (minute: number) => minute % 20 === 0],
  ["a span of time, its end not included", "from=2026-03-01T00:10:00Z&to=2026-03-01T00:20:00Z", (minute: number) => minute >= 10 && minute < 20],
  [
    "a span of time with an offset, in two states",
    "from=2026-03-01T01:10:00%2B01:00&state=failed,cancelled",
    (minute: number) => minute >= 10 && [1, 2].includes(minute % 4),
  ],
  ["words at the beginning of those in title or prompt", "search=MEND%20foll", (minute: number) => minute % 10 === 3],
  ["a word with a hyphen, one with a slash and one with a quote", "search=log-follower%20src/logs%20it's", (minute: number) => minute % 10 === 3],
  ["a number of the title", "search=report%2012", (minute: number) => minute === 12],
  ["words in a state", "search=mend&state=queued", (minute: number) => minute % 10 === 3 && minute % 4 === 3],
  ["words that no job has", "search=nothing", () => false],
  ["signs that are no words", "search=%26%20%7C%20!%3A*'", () => false],
] as const)("[W30] pages show %s, each job once", async (_name, query, isWanted) => {
  expect(await page(query)).toEqual(all.filter(isWanted));
});

test("[W30] a job made while pages are read neither hides nor repeats another", async () => {
  const first = await list("limit=10");
  await scene.client.query("insert into jobs (id, title, prompt, max_attempts, timeout_ms, request_sha256) values ($1, 'Late', 'x', 1, 1000, 'x')", [
    newJobId(Date.now(), () => new Uint8Array(16)),
  ]);
  const second = await list(`limit=10&cursor=${first.nextCursor}`);
  expect(minutesOf([...first.jobs, ...second.jobs])).toEqual(all.slice(0, 20));
});

test.each(["state=", "state=nope", "state=failed,", "search=", "from=yesterday", "schedule=1", "cursor=%00", "limit=0", "search=%00"])(
  "%s is refused",
  async (query) => {
    expect((await list(query)).status).toBe(400);
  },
);

test("a job's createdAt is the time that filters count by", async () => {
  const job = await scene.worker.post({ prompt: "now" });
  const { jobs } = await list(`from=${encodeURIComponent(job.createdAt)}&search=now`);
  expect(jobs.map(({ id }) => id)).toEqual([job.id]);
});
