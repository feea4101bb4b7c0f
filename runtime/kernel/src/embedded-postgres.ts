import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { Worker } from "node:worker_threads";
import pg from "pg";
import { AppError, messageOf } from "./errors.ts";
import { moveFolderAtomic } from "./files.ts";
import type { Log } from "./log.ts";
import type { Pool } from "./postgres.ts";

export interface EmbeddedPostgres {
  pool: Pool;
  /** Ends the pool and the database. */
  close(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Where it keeps its data, for one process at a time; in memory without one. */
  folder?: string | undefined;
  log: Log;
}

/**
 * PostgreSQL inside this process, for a machine without a server: PGlite in a thread of its own, so that no query holds up the event loop, behind the
 * same pool of the same driver. It has one session: a transaction has the database to itself, and one that asks the pool within itself waits for ever.
 * Throws: AppError `database.unusable` when the folder's database can't be opened.
 */
export async function openEmbeddedPostgres({ folder, log }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const engine = new Engine(folder === undefined ? undefined : await ensureDatabase(folder), log);
  await engine.open();
  const pool = new pg.Pool({ stream: () => new EngineSocket(engine), user: "postgres", database: "postgres", max: 1, idleTimeoutMillis: 0 });
  pool.on("error", (error) => log.warn("postgres.connection-lost", { error }));
  pool.on("connect", (client) => client.on("error", (error) => log.warn("postgres.connection-lost", { error })));
  return {
    pool,
    async close() {
      await pool.end();
      await engine.close();
    },
  };
}

/** A new database is made beside its place and moved there whole, so that a start that was broken off leaves no half of one. */
async function ensureDatabase(folder: string): Promise<string> {
  const place = join(folder, "database");
  if (existsSync(place)) return place;
  const draft = join(folder, "database.making");
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const maker = new Engine(draft);
  await maker.open();
  await maker.close();
  await moveFolderAtomic(draft, place);
  return place;
}

interface Question {
  resolve: (answer: Uint8Array) => void;
  reject: (error: Error) => void;
}

/** The thread with the database: it answers questions in PostgreSQL's protocol in the order in which they come. */
class Engine {
  readonly #place: string | undefined;
  readonly #log: Log | undefined;
  #worker: Worker | undefined;
  #isLost = false;
  #open: Question[] = [];

  constructor(place: string | undefined, log?: Log) {
    this.#place = place;
    this.#log = log;
  }

  async open(): Promise<void> {
    try {
      await this.ask(new Uint8Array());
    } catch (cause) {
      const where = this.#place === undefined ? "in memory" : `in ${this.#place}`;
      const advice = "Bring it back from a backup, or move it away to begin with an empty one.";
      throw new AppError("database.unusable", `The database ${where} can't be opened: ${messageOf((cause as Error).cause)}. ${advice}`, { cause });
    }
  }

  ask(bytes: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const worker = this.#running();
      if (worker === undefined) return reject(new Error("Connection terminated: the database in memory broke and is gone. Start this process again."));
      this.#open.push({ resolve, reject });
      worker.postMessage(bytes, []);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise((resolve) => worker.once("exit", resolve));
    worker.postMessage("close", []);
    await exited;
  }

  /** A database in a folder that broke comes back as after a crash of a server; one in memory is gone with all that was in it. */
  #running(): Worker | undefined {
    if (this.#worker !== undefined || this.#isLost) return this.#worker;
    const worker = new Worker(new URL("./embedded-postgres-worker.ts", import.meta.url), { workerData: { place: this.#place }, env: {}, execArgv: [] });
    let broken: unknown = new Error("its thread ended");
    worker.on("message", (answer: Uint8Array) => this.#open.shift()?.resolve(answer));
    worker.once("error", (error) => (broken = error));
    worker.once("exit", (code) => this.#end(code, broken));
    this.#worker = worker;
    return worker;
  }

  #end(code: number, cause: unknown): void {
    this.#worker = undefined;
    this.#isLost = this.#place === undefined;
    if (code !== 0) this.#log?.error("postgres.embedded-broken", { error: cause });
    for (const { reject } of this.#open.splice(0)) reject(new Error(`Connection terminated: ${messageOf(cause)}`, { cause }));
  }
}

/** What pg takes for its socket. */
class EngineSocket extends Duplex {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    super();
    this.#engine = engine;
  }

  connect(): this {
    process.nextTick(() => this.emit("connect"));
    return this;
  }

  setNoDelay = (): this => this;
  setKeepAlive = (): this => this;
  ref = (): this => this;
  unref = (): this => this;

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#engine.ask(bytes).then((answer) => {
      if (answer.length > 0) this.push(answer);
      done();
    }, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "utf8", done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}
