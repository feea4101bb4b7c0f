import { randomUUID } from "node:crypto";
import pg from "pg";

export interface TestDatabase {
  /** Shape: `postgres://postgres:…@127.0.0.1:port/name`, with the password. */
  url: string;
  drop(): Promise<void>;
}

/** A database of its own on the real PostgreSQL that Jest's global set-up started. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env["FREEHOLD_TEST_POSTGRES"];
  if (server === undefined) throw new Error("FREEHOLD_TEST_POSTGRES is not set: run the tests by `npm test`, which starts PostgreSQL first.");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = name;
  return { url: url.href, drop: () => onServer(server, `drop database ${name} with (force)`) };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
