import { until } from "../../../../tests/support/until.ts";
import type { JobRepository } from "../repositories/repository-store.ts";
import { GitServer } from "./git-server.ts";
import { runOnHost } from "./host-tasks.ts";
import { withWorker, WorkerScene } from "./worker-scene.ts";

/** Units: milliseconds. git's own processes take their time on a machine that is busy. */
export const slow = { timeoutMs: 20_000 };

/** A worker whose tasks run git on this machine, and a git server that it may reach by the credential `forge`. */
class RepositoriesScene extends WorkerScene {
  readonly server = new GitServer();

  override async beginWith(environment: Record<string, string>): Promise<void> {
    await this.server.start();
    await super.beginWith(environment);
    this.place.manager.onTask = (task) => runOnHost(task, this.place.jobsDir);
    await this.worker.call("PUT", "/api/repositories/credentials/forge", { token: this.server.token, origin: this.server.origin });
  }

  override async end(): Promise<void> {
    await super.end();
    await this.server.stop();
  }

  /** A job that is at work on a repository. */
  readonly working = async (repository: object, more: object = {}) => {
    const { id } = await this.worker.post({ repository, ...more });
    const name = `job-${id}-1`;
    await until("the container", () => this.place.manager.containers.has(name), slow);
    const finish = async () => {
      this.finish(name);
      await until("the end", async () => (await this.worker.get(id)).state === "succeeded", slow);
    };
    return { id, workspace: `${this.place.jobsDir}/${id}/workspace`, finish };
  };

  readonly failed = async (repository: object) => {
    const { id } = await this.worker.post({ repository, maxAttempts: 1 });
    return until("the failure", async () => ((await this.worker.get(id)).state === "failed" ? this.worker.get(id) : undefined), slow);
  };

  readonly repositoryOf = async (id: string) => (await (await this.worker.call("GET", `/api/jobs/${id}/repository`)).json()) as JobRepository;

  readonly delivered = async (id: string, state = "delivered") =>
    until("the delivery", async () => ((await this.repositoryOf(id)).delivery === state ? this.repositoryOf(id) : undefined), slow);

  readonly git = (workspace: string, ...argv: string[]) => this.server.git(workspace, "-c", "user.name=job", "-c", "user.email=job@x", ...argv);
}

export const withRepositories = (): RepositoriesScene => withWorker({ JOB_SLOTS: "40", JOB_START_TIMEOUT_MS: "3000" }, new RepositoriesScene());
