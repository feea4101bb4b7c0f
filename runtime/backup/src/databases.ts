import { randomBytes } from "node:crypto";
import { messageOf, systemCodeOf } from "@freehold/kernel/errors";
import { inTransaction, type Pool } from "@freehold/kernel/postgres";
import { retry } from "@freehold/kernel/retry";
import type { Secret } from "@freehold/kernel/secret";
import pg from "pg";
import { backupError } from "./errors.ts";
import { scramVerifier } from "./scram.ts";

const quoted = pg.escapeIdentifier;

/** A database being filled from a snapshot; it takes its real name only when it is complete. */
export const restoringName = (name: string): string => `${name}_restoring`;
/** What a restore took away; dropped after a while. */
export const replacedName = (name: string): string => `${name}_replaced`;

/** The roles and databases of the services. Names come from the settings, which allow only plain ones. Throws: AppErrors `backup.database-…`. */
export class Databases {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async existing(): Promise<Set<string>> {
    const { rows } = await this.#query<{ datname: string }>("select datname from pg_database");
    return new Set(rows.map((row) => row.datname));
  }

  /** Makes the role, or gives the role that is there this password and nothing but a login. */
  async ensureRole(name: string, password: Secret): Promise<void> {
    const { rows } = await this.#query("select from pg_roles where rolname = $1", [name]);
    const verifier = pg.escapeLiteral(scramVerifier(password.reveal(), randomBytes(16)));
    const verb = rows.length === 0 ? "create" : "alter";
    await this.#query(`${verb} role ${quoted(name)} login nosuperuser nocreatedb nocreaterole noreplication password ${verifier}`);
  }

  async create(name: string, owner: string): Promise<void> {
    await this.#query(`create database ${quoted(name)} owner ${quoted(owner)} template template0 encoding 'UTF8'`);
  }

  /** Lets only the owner in. */
  async secure(name: string, owner: string): Promise<void> {
    await this.#query(`alter database ${quoted(name)} owner to ${quoted(owner)}`);
    await this.#query(`revoke all on database ${quoted(name)} from public`);
  }

  async drop(name: string): Promise<void> {
    await this.#query(`drop database if exists ${quoted(name)} with (force)`);
  }

  /** Puts every restored database in the place of the old one, all in one transaction; those already in place are left alone. */
  async swapIn(names: readonly string[]): Promise<void> {
    const existing = await this.existing();
    const restored = names.filter((name) => existing.has(restoringName(name)));
    if (restored.length === 0) return;
    const present = restored.filter((name) => existing.has(name));
    for (const name of present) {
      await this.drop(replacedName(name));
      await this.#query(`alter database ${quoted(name)} with allow_connections false`);
    }
    const renames = [...present.map((name) => rename(name, replacedName(name))), ...restored.map((name) => rename(restoringName(name), name))];
    // A session that is told to end takes a moment to be gone.
    await retry(() => this.#renameAll(renames, [...present, ...restored.map(restoringName)]), { attempts: 8, firstDelayMs: 50, maxDelayMs: 1_000 });
  }

  async #renameAll(renames: readonly string[], busy: readonly string[]): Promise<void> {
    await this.#query("select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1)", [busy]);
    try {
      await inTransaction(this.#pool, async (client) => {
        for (const sql of renames) await client.query(sql);
      });
    } catch (thrown) {
      throw databaseFailure(thrown);
    }
  }

  async #query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<pg.QueryResult<Row>> {
    try {
      return await this.#pool.query<Row>(sql, values);
    } catch (thrown) {
      throw databaseFailure(thrown);
    }
  }
}

const rename = (from: string, to: string) => `alter database ${quoted(from)} rename to ${quoted(to)}`;

/** PostgreSQL says what it refuses by a five-letter code; all else means that it could not be asked. */
export function databaseFailure(thrown: unknown) {
  const code = systemCodeOf(thrown) ?? "";
  const answered = /^[0-9A-Z]{5}$/.test(code) && !/^(57P0[1-3]|08...|53300)$/.test(code);
  return answered
    ? backupError("backup.database-failed", `PostgreSQL refused (${code}): ${messageOf(thrown)}.`, { cause: thrown })
    : backupError("backup.database-away", `PostgreSQL can't be reached: ${messageOf(thrown)}. It is tried again by itself; check that it runs.`, {
        cause: thrown,
      });
}
