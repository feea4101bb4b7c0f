import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openEmbeddedPostgres, type EmbeddedPostgres } from "./embedded-postgres.ts";
import { silentLog } from "./log.ts";
import { inTransaction, type Pool } from "./postgres.ts";

let database: EmbeddedPostgres;
let pool: Pool;

beforeAll(async () => {
  database = await openEmbeddedPostgres({ log: silentLog });
  ({ pool } = database);
}, 120_000);
afterAll(() => database.close());

test("values and errors are those of the driver for a server", async () => {
  const { rows } = await pool.query(`select now() as at, $1::int8 as big, '\\x01'::bytea as bytes, array['a'] as list, '{"a": 1}'::jsonb as json`, [5]);
  expect(rows).toEqual([{ at: expect.any(Date), big: "5", bytes: Buffer.from([1]), list: ["a"], json: { a: 1 } }]);
  await expect(pool.query("select $1::int", ["x"])).rejects.toMatchObject({ code: "22P02" });
  await expect(pool.query("selekt")).rejects.toMatchObject({ code: "42601" });
  expect(await Promise.all([1, 2, 3].map(async (n) => (await pool.query("select $1::int as n", [n])).rows[0].n))).toEqual([1, 2, 3]);
});

test("an answer of many megabytes comes whole", async () => {
  const { rows } = await pool.query("select repeat('x', 1000000) as text from generate_series(1, 8)");
  expect(rows.map(({ text }) => text.length)).toEqual(Array.from({ length: 8 }, () => 1_000_000));
});

test("a transaction that throws leaves nothing, and neither does a client that is given up in the middle of one", async () => {
  const failing = inTransaction(pool, async (client) => {
    await client.query("create table never (n int)");
    throw new Error("on purpose");
  });
  await expect(failing).rejects.toThrow("on purpose");
  const client = await pool.connect();
  await client.query("begin");
  await client.query("create table neither (n int)");
  client.release(new Error("given up"));
  const { rows } = await pool.query("select to_regclass('never') as never, to_regclass('neither') as neither, pg_current_xact_id_if_assigned() as running");
  expect(rows).toEqual([{ never: null, neither: null, running: null }]);
});

test("a folder whose database is broken is named, and stays as it is", async () => {
  const folder = mkdtempSync(join(tmpdir(), "freehold-test-postgres-"));
  mkdirSync(join(folder, "database"));
  writeFileSync(join(folder, "database/PG_VERSION"), "9\n");
  await expect(openEmbeddedPostgres({ folder, log: silentLog })).rejects.toMatchObject({
    code: "database.unusable",
    message: expect.stringContaining(`The database in ${join(folder, "database")} can't be opened: `),
  });
  rmSync(folder, { recursive: true });
}, 60_000);
