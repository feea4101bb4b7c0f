import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { until } from "../../../../tests/support/until.ts";
import type { Dice } from "../../../../tests/support/dice.ts";
import { clientOf, successOf, WorkerPlace, type RunningWorker } from "./worker-place.ts";

export const slots = 3;
const names = ["one", "two"] as const;

interface Process {
  child: ChildProcess;
  client: RunningWorker;
}

/** Two real worker processes over the scripted manager and gateway and a real PostgreSQL, and every fault that may befall them. */
export class FaultPlace {
  readonly place: WorkerPlace;
  /** Of each job, the containers that have said that they succeeded. */
  readonly successes = new Map<string, string[]>();
  readonly #url: URL;
  readonly #postgresRestart: string | undefined;
  readonly #workers = new Map<string, Process>();
  readonly #ports = new Map<string, number>();
  #dice: Dice = () => 0;
  #mounted = false;

  /** `postgresRestart` is a command that kills the server without mercy and starts it again. */
  constructor(databaseUrl: string, postgresRestart: string | undefined) {
    this.#url = new URL(databaseUrl);
    this.#postgresRestart = postgresRestart;
    this.place = new WorkerPlace(databaseUrl);
  }

  async start(): Promise<void> {
    await this.place.start();
    // A disk of its own can be filled without harm; it takes root to make one.
    this.#mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", this.place.jobsDir]).status === 0;
    this.place.manager.onStart = (name, { jobId }) => this.#run(name, jobId, this.#dice(20));
    for (const name of names) {
      this.#ports.set(name, await freePort());
      this.#spawn(name);
    }
    await this.ready();
  }

  async stop(): Promise<void> {
    for (const name of names) await this.#kill(name);
    if (this.#mounted) spawnSync("umount", [this.place.jobsDir]);
    for (const name of names) rmSync(this.#clockFileOf(name), { force: true });
    await this.place.stop();
  }

  async ready(): Promise<void> {
    for (const name of names) {
      await until(`worker ${name} to be ready`, async () => (await this.#workers.get(name)?.client.call("GET", "/health/ready"))?.ok, {
        timeoutMs: 60_000,
      }).catch((cause: unknown) => {
        const { exitCode, signalCode } = (this.#workers.get(name) as Process).child;
        throw new Error(`Worker ${name} is not ready; it ended with ${signalCode ?? exitCode ?? "nothing: it runs"}.`, { cause });
      });
    }
  }

  /** Some worker's API; it may be dead. */
  some(dice: Dice): RunningWorker {
    return (this.#workers.get(names[dice(names.length)] ?? "one") as Process).client;
  }

  /** What containers do from now on is up to these dice. */
  roll(dice: Dice): void {
    this.#dice = dice;
  }

  async sql<T extends object>(text: string, values: unknown[] = [], database = this.#url.pathname): Promise<T[]> {
    const client = new pg.Client({ connectionString: new URL(database, this.#url).href });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query<T>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** What Claude Code might do in a container. */
  #run(name: string, jobId: string, kind: number): void {
    const { manager } = this.place;
    const inAWhile = (ms: number, action: () => void) => void setTimeout(() => manager.containers.get(name)?.state === "running" && action(), ms).unref();
    const succeed = () => {
      this.successes.set(jobId, [...(this.successes.get(jobId) ?? []), name]);
      manager.print(name, successOf(`done by ${name}`));
    };
    const error = (more: object) => manager.print(name, { type: "result", subtype: "success", is_error: true, ...more });
    manager.print(name, { type: "system", subtype: "init" });
    if (kind === 0) return;
    inAWhile(20 + 12 * kind, () => {
      if (kind === 1) return manager.exit(name, 137);
      if (kind === 2) error({ api_error_status: 500, result: "API Error: 500" });
      else if (kind === 3) error({ api_error_status: 429, result: "You've hit your session limit" });
      else succeed();
      if (kind > 4) manager.exit(name, kind === 2 || kind === 3 ? 1 : 0);
      else inAWhile(kind === 4 ? 60_000 : 5, () => manager.exit(name, 1));
    });
  }

  readonly faults: Record<string, (dice: Dice) => Promise<void>> = {
    "a worker is killed": async (dice) => this.#replace([names[dice(2)] ?? "one"], dice(300)),
    "both workers are killed": async (dice) => this.#replace(names, dice(300)),
    "the manager is killed": async (dice) => {
      await this.place.manager.crash();
      await delay(dice(400));
      await this.place.manager.start();
    },
    "the manager loses answers": (dice) => this.#meanwhile(dice, (on) => (this.place.manager.loseAnswer = on ? () => dice(3) === 0 : () => false)),
    "logs are cut": (dice) => this.#meanwhile(dice, (on) => (this.place.manager.cutLogAfter = on ? 30 : Number.POSITIVE_INFINITY)),
    "the gateway is away": (dice) => this.#meanwhile(dice, (on) => (this.place.gateway.status = on ? 503 : undefined)),
    "connections to PostgreSQL are dropped": async (dice) => {
      for (let times = 1 + dice(3); times > 0; times--) await this.#dropConnections();
    },
    "PostgreSQL is restarted": (dice) => this.#restartPostgres(dice),
    "Claude Code dies": async (dice) => this.#hitContainer(dice, (name) => this.place.manager.exit(name, 137)),
    "a container vanishes": async (dice) => this.#hitContainer(dice, (name) => this.place.manager.vanish(name)),
    "the disk is full": async (dice) => {
      if (!this.#mounted) return;
      const filler = join(this.place.jobsDir, ".filler");
      await this.#meanwhile(dice, (on) => (on ? fill(filler) : rmSync(filler, { force: true })));
    },
    "a clock jumps": async (dice) => {
      writeFileSync(this.#clockFileOf(names[dice(2)] ?? "one"), String((dice(2) === 0 ? 1 : -1) * dice(7_200_000)));
    },
  };

  #clockFileOf(name: string): string {
    return `${this.place.jobsDir}.clock-${name}`;
  }

  async #meanwhile(dice: Dice, set: (on: boolean) => unknown): Promise<void> {
    set(true);
    await delay(dice(500));
    set(false);
  }

  /** One that runs and has not said yet that it succeeded: what is gone after that can't be told from what never was. */
  #hitContainer(dice: Dice, hit: (name: string) => void): void {
    const running = [...this.place.manager.containers].filter(([, one]) => one.state === "running" && !one.log.includes('"is_error":false'));
    const [name] = running[dice(Math.max(1, running.length))] ?? [];
    if (name !== undefined) hit(name);
  }

  #dropConnections = () =>
    this.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()",
      [this.#url.pathname.slice(1)],
      "/postgres",
    ).catch(() => undefined);

  /** Without a server of our own: nobody is let in for a while, which is what its clients see of a restart. */
  async #restartPostgres(dice: Dice): Promise<void> {
    if (this.#postgresRestart !== undefined) {
      const { status, stderr } = spawnSync("sh", ["-c", this.#postgresRestart], { encoding: "utf8" });
      if (status !== 0) throw new Error(`PostgreSQL could not be restarted: ${stderr}`);
      return;
    }
    const allow = (on: boolean) => this.sql(`alter database "${this.#url.pathname.slice(1)}" allow_connections ${on}`, [], "/postgres");
    await allow(false);
    await this.#dropConnections();
    await delay(dice(500));
    await allow(true);
  }

  async #replace(killed: readonly string[], afterMs: number): Promise<void> {
    await Promise.all(killed.map((name) => this.#kill(name)));
    await delay(afterMs);
    for (const name of killed) this.#spawn(name);
  }

  async #kill(name: string): Promise<void> {
    const found = this.#workers.get(name);
    if (found === undefined || found.child.exitCode !== null || found.child.signalCode !== null) return;
    const ended = new Promise((resolve) => found.child.once("exit", resolve));
    found.child.kill("SIGKILL");
    await ended;
  }

  #spawn(name: string): void {
    const port = this.#ports.get(name) ?? 0;
    const more = {
      PORT: String(port),
      WORKER_NAME: name,
      JOB_SLOTS: String(slots),
      LEASE_MS: "1000",
      JOB_STALL_MS: "2500",
      JOB_EXIT_GRACE_MS: "200",
      LIMIT_WAIT_MS: "400",
      NODE_OPTIONS: "",
    };
    const clock = `${pathToFileURL(join(import.meta.dirname, "shifted-clock.ts")).href}?${encodeURIComponent(this.#clockFileOf(name))}`;
    const argv = ["--disable-warning=ExperimentalWarning", "--import", clock, join(import.meta.dirname, "../main.ts")];
    const child = spawn(process.execPath, argv, { env: { ...process.env, ...this.place.environment(more) }, stdio: "ignore" });
    this.#workers.set(name, { child, client: clientOf(`http://127.0.0.1:${port}`, () => this.#kill(name)) });
  }
}

function fill(path: string): void {
  // Leaves not one byte: the last write of a full disk fails, and that is the aim.
  try {
    writeFileSync(path, Buffer.alloc(64 * 1_048_576));
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== "ENOSPC") throw thrown;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
