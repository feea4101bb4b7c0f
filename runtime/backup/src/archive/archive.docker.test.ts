import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { databases, DockerHome } from "../../../../tests/support/backup-home.ts";
import { buildImages } from "../../../../tests/support/backup-images.ts";
import { until } from "../../../../tests/support/until.ts";

let home: DockerHome;

beforeAll(async () => {
  await buildImages();
  home = await DockerHome.create({ archive: { WAL_ARCHIVE_TIMEOUT: "2" } });
  await home.startReady();
  for (const name of databases) await home.sql(name, `set role ${name}; create table notes (word text)`);
}, 300_000);
afterAll(() => home.destroy(), 60_000);

/** Commits a row and returns a moment after it; the next row is committed after that moment. */
async function note(word: string): Promise<string> {
  await home.sql("worker", `insert into notes values ('${word}')`);
  const moment = await home.sql("worker", "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')");
  await home.sql("worker", "select pg_sleep(0.01)");
  return moment;
}
const words = async () => (await home.sql("worker", "select string_agg(word, ' ' order by word) from notes")).trim();
const archived = () => until("all finished segments in the bucket", () => home.archived(), { timeoutMs: 180_000, everyMs: 100 });
const timeline = async () => Number(await home.sql("postgres", "select timeline_id from pg_control_checkpoint()"));

let moments: Record<"one" | "two" | "three", string>;

test("a new home has a base backup at once, and what is committed reaches the bucket within the archive's time without being asked for", async () => {
  await until("a base backup", () => home.metric("backup_base_last_success_timestamp"), { timeoutMs: 180_000, everyMs: 200 });
  // A base backup leads to moments from the second after the one in which it stopped; that may still be this one.
  await home.sql("postgres", "select pg_sleep(1)");
  moments = { one: await note("1"), two: "", three: "" };
  const segment = await home.sql("postgres", "select pg_walfile_name(pg_current_wal_insert_lsn())");
  await until("the segment in the bucket", () => home.inBucket(`wal/archive/home/17-1/${segment.slice(0, 16)}/${segment}-*.zst`), {
    timeoutMs: 180_000,
    everyMs: 200,
  });
}, 300_000);

test("a restore to a moment brings back what was committed before it and nothing that came after", async () => {
  moments.two = await note("2");
  await note("3");
  expect(await home.restore("--at", moments.two)).toMatch(/Restored all databases as they were at .*The jobs' files stay as they are/);
  expect(await words()).toBe("1 2");
  expect(await timeline()).toBe(2);
  await home.ready();
}, 300_000);

test("after a restore archiving goes on, and a second restore follows the life that came after the first", async () => {
  moments.three = await note("4");
  await note("5");
  await archived();
  await home.restore("--at", moments.three, "--databases-only");
  expect(await words()).toBe("1 2 4");
  expect(await timeline()).toBe(3);
}, 300_000);

test("what a restore undid can be had back: a moment means the home as it was lived then", async () => {
  const undone = await note("6");
  await home.restore("--at", moments.one);
  expect(await words()).toBe("1");
  await home.restore("--at", undone);
  expect(await words()).toBe("1 2 4 6");
}, 300_000);

test.each([
  ["a moment that has not come", new Date(Date.now() + 3_600_000).toISOString(), /is in the future: it is .* now/],
  ["a moment before the oldest base backup", "2020-01-01T00:00:00Z", /No base backup leads to 2020-01-01T00:00:00.000Z. The oldest possible moment is 20\d\d-/],
  ["what is no moment", "yesterday", /"yesterday" is no moment with a time zone/],
])(
  "%s is refused with what is possible, and changes nothing",
  async (_what, at, message) => {
    const before = await timeline();
    await expect(home.restore("--at", at)).rejects.toThrow(message);
    expect(await timeline()).toBe(before);
  },
  30_000,
);

test("a home that lost its databases comes back to the last commit in the archive, not to the newest dumps", async () => {
  expect((await home.snapshot()).status).toBe(201);
  await note("7");
  await archived();
  await home.remove("backup");
  await home.kill("postgres");
  await home.remove("postgres");
  await home.loseVolume("postgres");
  await home.startPostgres();
  await home.startReady();
  expect(await words()).toBe("1 2 4 6 7");
  expect(await home.log()).toContain("recovery.finished");
  await note("8");
  await archived();
}, 300_000);
