import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@freehold/kernel/errors";
import type { Pool } from "@freehold/kernel/postgres";
import type { Sealer } from "@freehold/kernel/sealing";
import type { Manager } from "../clients/manager.ts";
import { fault } from "../errors.ts";
import { foldersOf, giveToJob, makeFolders } from "../files/job-folders.ts";
import { openCredential } from "./credentials.ts";
import { changedFiles, type ChangedFile } from "./diff.ts";
import { gitFailure, readOutput } from "./git-output.ts";
import { checkoutTask, collectTask, commitTask, diffTask, fetchTask, pushTask, type GitTask, type RemoteAccess } from "./git-scripts.ts";
import { pullRequestPlace, pullRequestTask, type PullRequestResult } from "./pull-request.ts";
import { findRepository, notePrepared, type DeliveryEnd, type JobRepository } from "./repository-store.ts";

export interface RepositoriesParts {
  pool: Pool;
  manager: Pick<Manager, "runTask">;
  sealer: Sealer;
  jobsDir: string;
}

export interface JobDiff {
  /** The commit that the job began with. */
  base: string;
  branch: string;
  files: ChangedFile[];
  patch: string;
  /** Whether the patch is cut. */
  truncated: boolean;
}

/** How old a diff may be, and how long one may take. */
const diffKeptMs = 2_000;
const diffWithinMs = 5 * 60_000;
const patchBytes = 4 * 1_048_576;
export const repositoriesFolder = (jobsDir: string) => join(jobsDir, "repositories");

/** What is done with the repositories of jobs. The worker itself runs no git: each step is a container that sees only what it needs. */
export class Repositories {
  readonly #parts: RepositoriesParts;
  readonly #diffs = new Map<string, Promise<JobDiff>>();

  constructor(parts: RepositoriesParts) {
    this.#parts = parts;
  }

  /** Puts a job's repository into its workspace, once. Throws: AppError `repository.…`, `credential.…`. */
  async prepare(jobId: string, signal: AbortSignal): Promise<void> {
    const found = await findRepository(this.#parts.pool, jobId);
    if (found === undefined || found.base !== null) return;
    const access = await this.#accessTo(found);
    const [branch = "", commit = ""] = (await this.#run("fetch the repository", found, fetchTask(access, found), { access, signal })).split("\n");
    const order = { url: found.url, branch, newBranch: found.newBranch, jobId };
    await this.#run("check the branch out", found, checkoutTask(order), { signal });
    await notePrepared(this.#parts.pool, jobId, { branch, commit });
  }

  /** All that differs from where the job began, committed or not. Throws: AppError `repository.not-ready`, `repository.broken`. */
  diff(repository: JobRepository): Promise<JobDiff> {
    const known = this.#diffs.get(repository.jobId);
    if (known !== undefined) return known;
    // A page asks every few seconds, and several may: a container for each would cost more than the job itself.
    const diff = this.#compare(repository);
    this.#diffs.set(repository.jobId, diff);
    const forget = () => setTimeout(() => this.#diffs.delete(repository.jobId), diffKeptMs).unref();
    diff.then(forget, () => this.#diffs.delete(repository.jobId));
    return diff;
  }

  async #compare(repository: JobRepository): Promise<JobDiff> {
    const base = requireBase(repository);
    const signal = AbortSignal.timeout(diffWithinMs);
    const printed = await this.#printed("compare", repository, diffTask({ base: base.commit, patchBytes }), { signal }).catch((thrown: unknown) => {
      if (!(thrown instanceof AppError) || thrown.code !== "repository.failed") throw thrown;
      throw fault("repository.broken", `The job's folder can't be compared with where it began. ${thrown.message}`, thrown);
    });
    const [numstat = "", nameStatus = "", patch = ""] = printed;
    return {
      base: base.commit,
      branch: repository.newBranch,
      files: changedFiles(numstat, nameStatus),
      patch,
      truncated: Buffer.byteLength(patch) >= patchBytes,
    };
  }

  /** Commits what is left, pushes the job's branch, and opens a pull request if that is wanted; all of it may be repeated. Throws: AppError. */
  async deliver(repository: JobRepository & { title: string }, signal: AbortSignal): Promise<DeliveryEnd> {
    const { jobId, newBranch, title, mode } = repository;
    const base = requireBase(repository);
    const note = `Made by the Freehold job ${jobId}.`;
    await this.#run("commit", repository, commitTask({ title, note }), { signal });
    const [commit = "", count = "0"] = (await this.#run("collect the commits", repository, collectTask({ jobId, base: base.commit }), { signal })).split("\n");
    if (count === "0") return { state: "nothing" };
    const access = await this.#accessTo(repository);
    await this.#run("push", repository, pushTask(access, { newBranch, jobId }), { access, signal });
    if (mode !== "pull-request") return { state: "delivered", commit, pullRequestUrl: null };
    return { state: "delivered", commit, pullRequestUrl: await this.#openPullRequest(repository, access, { base: base.branch, note, signal }) };
  }

  async #openPullRequest(
    repository: JobRepository & { title: string },
    access: RemoteAccess,
    { base, note, signal }: { base: string; note: string; signal: AbortSignal },
  ): Promise<string> {
    const at = pullRequestPlace(repository.url);
    if (at === undefined || access.credential === null)
      throw new AppError("repository.no-pull-request", "Pull requests need a credential, and an address such as https://github.com/owner/repository.");
    const task = pullRequestTask({ ...at, head: repository.newBranch, base, title: repository.title, body: note }, access.credential);
    const result = JSON.parse(await this.#run("open the pull request", repository, task, { access, signal })) as PullRequestResult;
    if ("url" in result) return result.url;
    const passing = result.status === 0 || result.status === 429 || result.status >= 500;
    const said = result.message.replaceAll(access.credential.token, "[secret]");
    throw new AppError("repository.no-pull-request", `The branch was pushed, but no pull request was opened (${result.status}): ${said}`, {
      retryable: passing,
    });
  }

  async #accessTo({ url, credential }: JobRepository): Promise<RemoteAccess> {
    if (credential === null) return { url, credential: null };
    const opened = await openCredential(this.#parts.pool, this.#parts.sealer, credential, url);
    return { url, credential: { ...opened, token: opened.token.reveal() } };
  }

  async #run(step: string, repository: JobRepository, task: GitTask, options: { access?: RemoteAccess; signal: AbortSignal }): Promise<string> {
    return (await this.#printed(step, repository, task, options)).join("\n").trim();
  }

  async #printed(
    step: string,
    repository: JobRepository,
    task: GitTask,
    { access, signal }: { access?: RemoteAccess; signal: AbortSignal },
  ): Promise<string[]> {
    const { jobsDir, manager } = this.#parts;
    await makeFolders(foldersOf(jobsDir, repository.jobId));
    const { mirror, ...order } = task;
    const name = mirrorName(repository);
    if (mirror !== "none") await makeMirrorFolder(jobsDir, name);
    const result = await manager.runTask(
      { jobId: repository.jobId, ...order, ...(mirror === "none" ? {} : { mirror: { name, readOnly: mirror === "read-only" } }) },
      signal,
    );
    const { printed, stderr } = readOutput(result.output);
    if (result.exitCode !== 0) throw gitFailure(step, { exitCode: result.exitCode, stderr }, [access?.credential?.token ?? ""]);
    return printed;
  }
}

function requireBase({ base, jobId }: JobRepository): { branch: string; commit: string } {
  if (base === null) throw fault("repository.not-ready", `The repository of job ${jobId} has not been fetched yet.`);
  return base;
}

/** One mirror for an address and what opens it: who may not fetch it gets nothing from a mirror of one who may. */
const mirrorName = ({ url, credential }: JobRepository) =>
  createHash("sha256")
    .update(JSON.stringify([url, credential]))
    .digest("hex");

async function makeMirrorFolder(jobsDir: string, name: string): Promise<void> {
  for (const folder of [repositoriesFolder(jobsDir), join(repositoriesFolder(jobsDir), name)]) {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await giveToJob(folder);
  }
}
