import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { DamagedHome, settleDatabases } from "./databases.ts";

let root: string;
let home: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "freehold-keeper-"));
  home = join(root, "home");
  mkdirSync(join(home, "state"), { recursive: true });
  mkdirSync(join(home, "agents/main/agent"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

/** A copy of a database that was open, with its log, as a frozen home has it. */
function frozen(path: string, ...statements: string[]): void {
  const live = join(root, "live.sqlite");
  const database = new DatabaseSync(live);
  database.exec("PRAGMA journal_mode = WAL");
  for (const statement of statements) database.exec(statement);
  for (const ending of ["", "-wal", "-shm"]) cpSync(`${live}${ending}`, `${path}${ending}`);
  database.close();
  rmSync(live);
}
const leases = ["CREATE TABLE state_leases (scope TEXT, owner TEXT)", "INSERT INTO state_leases VALUES ('gateway-owner', 'old-host'), ('other', 'x')"];
const rows = (path: string, sql: string) => {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
};

test("what the log of a frozen copy held is in the database afterwards, the gateway's lease is gone, and nothing stands beside it", () => {
  const state = join(home, "state/openclaw.sqlite");
  const agent = join(home, "agents/main/agent/openclaw-agent.sqlite");
  frozen(state, ...leases);
  frozen(agent, "CREATE TABLE sessions (id TEXT)", "INSERT INTO sessions VALUES ('s1')");
  expect(settleDatabases(home)).toEqual({ databases: 2 });
  expect(settleDatabases(home)).toEqual({ databases: 2 });
  expect(readdirSync(join(home, "state"))).toEqual(["openclaw.sqlite"]);
  expect(readdirSync(join(home, "agents/main/agent"))).toEqual(["openclaw-agent.sqlite"]);
  expect(rows(state, "SELECT scope FROM state_leases")).toEqual([{ scope: "other" }]);
  expect(rows(agent, "SELECT id FROM sessions")).toEqual([{ id: "s1" }]);
});

test("a log without its database is taken away, and a home without databases is fine", () => {
  writeFileSync(join(home, "state/openclaw.sqlite-wal"), "of another time");
  expect(settleDatabases(home)).toEqual({ databases: 0 });
  expect(readdirSync(join(home, "state"))).toEqual([]);
  rmSync(join(home, "state"), { recursive: true });
  expect(settleDatabases(home)).toEqual({ databases: 0 });
});

test("a damaged database is refused", () => {
  const state = join(home, "state/openclaw.sqlite");
  frozen(state, ...leases);
  rmSync(`${state}-wal`);
  writeFileSync(state, Buffer.alloc(8_192, 7));
  expect(() => settleDatabases(home)).toThrow(DamagedHome);
});

test("links in a restored home lead nowhere", () => {
  const elsewhere = join(root, "elsewhere.sqlite");
  frozen(elsewhere, ...leases);
  symlinkSync(elsewhere, join(home, "state/openclaw.sqlite"));
  rmSync(join(home, "agents/main/agent"), { recursive: true });
  symlinkSync(root, join(home, "agents/main/agent"));
  expect(settleDatabases(home)).toEqual({ databases: 0 });
  expect(existsSync(`${elsewhere}-wal`)).toBe(true);
});
