import type { Secret } from "@freehold/kernel/secret";
import { backupError } from "./errors.ts";
import { run, type Outcome } from "./process.ts";
import type { RunContext } from "./restic.ts";

export interface DumpSettings {
  /** Without a password, of any database of the server. */
  adminUrl: string;
  adminPassword: Secret;
  /** Units: milliseconds. */
  timeoutMs: number;
}

/** PostgreSQL's own tools on one database at a time. Throws: AppErrors `backup.database-…`, `backup.disk-full`, `backup.overdue`. */
export class DumpTools {
  readonly #settings: DumpSettings;

  constructor(settings: DumpSettings) {
    this.#settings = settings;
  }

  /** Writes a database as it is at one moment, while others work in it. Uncompressed, so that restic stores what is new only; restic compresses. */
  async dump(database: string, file: string, context: RunContext): Promise<void> {
    const args = ["--format=custom", "--compress=none", "--lock-wait-timeout=30s", "--no-password", `--file=${file}`, `--dbname=${this.#url(database)}`];
    this.#check(await this.#run("pg_dump", args, context), `Database ${database} could not be dumped`);
  }

  /** Fills an empty database from a dump, or fails as a whole. */
  async restore(file: string, database: string, context: RunContext): Promise<void> {
    const args = ["--exit-on-error", "--no-password", `--dbname=${this.#url(database)}`, file];
    this.#check(await this.#run("pg_restore", args, context), `Database ${database} could not be filled from its dump`);
  }

  #run(program: string, args: string[], context: RunContext): Promise<Outcome> {
    const { adminPassword, timeoutMs } = this.#settings;
    return run({ program, args, env: { PGPASSWORD: adminPassword.reveal(), PGCONNECT_TIMEOUT: "10", PGAPPNAME: "backup" }, timeoutMs, ...context });
  }

  #check({ exitCode, stderr, timedOut }: Outcome, what: string): void {
    if (timedOut) throw backupError("backup.overdue", `${what} in ${this.#settings.timeoutMs / 60_000} minutes. Set BACKUP_TIMEOUT_MINUTES higher.`);
    if (exitCode === 0) return;
    const cause = stderr.split("\n").findLast((line) => /error|fatal/i.test(line)) ?? stderr;
    if (/no space left on device/i.test(stderr)) throw backupError("backup.disk-full", `${what}: no space is left. Free some, and try again.`);
    if (/could not connect|connection to server|server closed the connection|starting up|shutting down/i.test(stderr))
      throw backupError("backup.database-away", `${what}: ${cause}`);
    throw backupError("backup.database-failed", `${what}: ${cause}`);
  }

  #url(database: string): string {
    const url = new URL(this.#settings.adminUrl);
    url.pathname = `/${database}`;
    return url.href;
  }
}
