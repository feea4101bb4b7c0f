import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "@jest/globals";
import { withWorker, type WorkerScene } from "../../runtime/worker/src/testing/worker-scene.ts";
import { runJobs, type Said } from "./command-line.ts";
import { ownerToken, startConsole, type TestConsole } from "./console.ts";

/** The command line before a console and a worker, and a folder for its files. */
export interface JobsCommand {
  scene: WorkerScene;
  house: TestConsole;
  folder: string;
  jobs(...argv: string[]): Promise<Said>;
}

export function withJobsCommand(): JobsCommand {
  const made: Partial<JobsCommand> = { jobs: (...argv) => runJobs(made.house!.url, ownerToken, ...argv) };
  afterAll(() => made.house?.close());
  made.scene = withWorker({ JOB_SLOTS: "5" });
  beforeAll(async () => {
    const away = "http://127.0.0.1:1";
    made.house = await startConsole({ clock: { now: () => Date.now() }, upstreams: { worker: made.scene!.worker.url, backup: away, gateway: away } });
    made.folder = await mkdtemp(join(tmpdir(), "freehold-test-jobs-command-"));
  });
  afterAll(() => rm(made.folder!, { recursive: true }));
  return made as JobsCommand;
}
