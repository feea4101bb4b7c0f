import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";
import pg from "pg";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { until } from "../../../../tests/support/until.ts";
import { isFinal } from "../job-states.ts";
import { filesOf } from "./files-place.ts";
import { successOf, WorkerPlace, type RunningWorker } from "./worker-place.ts";

/** A machine that does much else takes its time over the database of a new worker. */
export const ready = (worker: RunningWorker) =>
  until("the worker to be ready", async () => (await worker.call("GET", "/health/ready")).ok, { timeoutMs: 50_000 });

export const ended = (worker: RunningWorker, id: string) =>
  until(
    "the job to end",
    async () => {
      const job = await worker.get(id);
      return isFinal(job.state) ? job : undefined;
    },
    { timeoutMs: 30_000 },
  );

export const problem = async (response: Response) => ({ status: response.status, ...((await response.json()) as { code: string; detail: string }) });

/** What a place's tests ask and do. */
class Scene {
  database!: TestDatabase;
  place!: WorkerPlace;

  async begin(): Promise<void> {
    this.database = await createTestDatabase();
    this.place = new WorkerPlace(this.database.url);
    await this.place.start();
  }

  async end(): Promise<void> {
    await this.place.stop();
    await this.database.drop();
  }

  readonly started = (name: string) => until(`container ${name}`, () => this.place.manager.containers.get(name));
  readonly logOf = (id: string, attempt = 1) => readFile(join(this.place.jobsDir, id, "attempts", `${attempt}.ndjson`), "utf8");

  /** Lets a container succeed. */
  readonly finish = (name: string): void => {
    this.place.manager.print(name, successOf("done"));
    this.place.manager.exit(name, 0);
  };

  readonly sql = async (text: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: this.database.url });
    await client.connect();
    try {
      return (await client.query(text)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  };
}

/** A place and a database of its own for each test of a file; it starts its workers itself. */
export function withPlace(): Scene {
  const scene = new Scene();
  beforeEach(() => scene.begin());
  afterEach(() => scene.end());
  return scene;
}

export class WorkerScene extends Scene {
  worker!: RunningWorker;
  /** Looks into the worker's database. */
  client!: pg.Client;

  override async begin(): Promise<void> {
    await super.begin();
    this.client = new pg.Client({ connectionString: this.database.url });
    await this.client.connect();
  }

  override async end(): Promise<void> {
    await this.client.end();
    await super.end();
  }

  async beginWith(environment: Record<string, string>): Promise<void> {
    await this.begin();
    this.worker = await this.place.worker(environment);
    await ready(this.worker);
  }

  /** A new job, once its container runs. */
  readonly running = async () => {
    const { id } = await this.worker.post();
    const name = `job-${id}-1`;
    await this.started(name);
    return { id, name, workspace: join(this.place.jobsDir, id, "workspace"), files: filesOf(this.worker, id) };
  };

  /** What uploads have left unfinished. */
  readonly parts = async () => (await readdir(join(this.place.jobsDir, "uploads")).catch(() => [])).filter((name) => name.endsWith(".part"));
}

/** One worker for all tests of a file, on a place and a database of its own; a scene of a subject may stand in for the plain one. */
export function withWorker(environment?: Record<string, string>): WorkerScene;
export function withWorker<Special extends WorkerScene>(environment: Record<string, string>, special: Special): Special;
export function withWorker(environment: Record<string, string> = {}, scene = new WorkerScene()): WorkerScene {
  beforeAll(() => scene.beginWith(environment), 60_000);
  afterAll(() => scene.end());
  return scene;
}

/** The same anew for each test. */
export function withFreshWorker(environment: Record<string, string> = {}): WorkerScene {
  const scene = new WorkerScene();
  beforeEach(() => scene.beginWith(environment));
  afterEach(() => scene.end());
  return scene;
}
