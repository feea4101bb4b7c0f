import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../../tests/support/postgres.ts";
import { silentLog } from "./log.ts";
import { createPool, inTransaction, migrate, type Pool } from "./postgres.ts";
import { Secret } from "./secret.ts";

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: "test", log: silentLog });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const folderWith = async (files: Record<string, string>) => {
  const folder = await mkdtemp(join(tmpdir(), "migrations-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
};

test("migrations run once and in order, also when two processes start together", async () => {
  const folder = await folderWith({ "0002-b.sql": "insert into a values (2)", "0001-a.sql": "create table a (n int)" });
  const done = await Promise.all([migrate(pool, folder), migrate(pool, folder)]);
  expect(done.flat()).toEqual(["0001-a.sql", "0002-b.sql"]);
  expect((await pool.query("select n from a")).rows).toEqual([{ n: 2 }]);
});

test("a migration edited after it was applied is refused by name", async () => {
  const folder = await folderWith({ "0001-a.sql": "create table other (n int)", "0002-b.sql": "insert into a values (2)" });
  await expect(migrate(pool, folder)).rejects.toMatchObject({ code: "database.changed-migration", message: expect.stringContaining("0001-a.sql") });
});

test("a database made by a newer release is refused instead of damaged", async () => {
  await expect(migrate(pool, await folderWith({}))).rejects.toMatchObject({ code: "database.newer-schema" });
});

test("a transaction that throws leaves nothing behind and its connection is usable again", async () => {
  await expect(
    inTransaction(pool, async (client) => {
      await client.query("create table half (n int)");
      throw new Error("in the middle");
    }),
  ).rejects.toThrow("in the middle");
  expect((await pool.query("select to_regclass('half') as half")).rows).toEqual([{ half: null }]);
});

test("a password given beside the address is the one that is used, whatever characters it has", async () => {
  const name = `role_${Date.now()}`;
  const password = `p@ss/w:rd%41 'x" ü?#`;
  await pool.query(`create role ${name} login password '${password.replaceAll("'", "''")}'`);
  const url = new URL(database.url);
  url.username = name;
  url.password = "";
  const own = createPool({ url: url.href, password: new Secret(password), applicationName: "test", log: silentLog });
  try {
    expect((await own.query("select current_user as name")).rows).toEqual([{ name }]);
  } finally {
    await own.end();
    await pool.query(`drop role ${name}`);
  }
});
