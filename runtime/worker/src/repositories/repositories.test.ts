import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { until } from "../../../../tests/support/until.ts";
import { GitServer } from "../testing/git-server.ts";
import { runOnHost } from "../testing/host-tasks.ts";
import { successOf, WorkerPlace, type RunningWorker } from "../testing/worker-place.ts";
import type { JobDiff } from "./repositories.ts";
import type { JobRepository } from "./repository-store.ts";

let database: TestDatabase;
let place: WorkerPlace;
let worker: RunningWorker;
let server: GitServer;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  place = new WorkerPlace(database.url);
  server = new GitServer();
  await Promise.all([place.start(), server.start()]);
  place.manager.onTask = (task) => runOnHost(task, place.jobsDir);
  worker = await place.worker({ JOB_SLOTS: "40", JOB_START_TIMEOUT_MS: "3000" });
  await until("the worker to be ready", async () => (await worker.call("GET", "/health/ready")).ok);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await worker.call("PUT", "/api/repositories/credentials/forge", { token: server.token, origin: server.origin });
}, 60_000);
afterAll(async () => {
  await client.end();
  await place.stop();
  await Promise.all([server.stop(), database.drop()]);
});

const slow = { timeoutMs: 20_000 };
const problem = async (response: Response) => ({ status: response.status, ...((await response.json()) as { code: string; detail: string }) });
const started = async (repository: object, more: object = {}) => {
  const { id } = await worker.post({ repository, ...more });
  await until("the container", () => place.manager.containers.has(`job-${id}-1`), slow);
  return { id, workspace: join(place.jobsDir, id, "workspace"), finish: () => finish(id) };
};
const finish = async (id: string) => {
  place.manager.print(`job-${id}-1`, successOf("done"));
  place.manager.exit(`job-${id}-1`, 0);
  await until("the end", async () => (await worker.get(id)).state === "succeeded", slow);
};
const failed = async (repository: object) => {
  const { id } = await worker.post({ repository, maxAttempts: 1 });
  return until("the failure", async () => ((await worker.get(id)).state === "failed" ? worker.get(id) : undefined), slow);
};
const repositoryOf = async (id: string) => (await (await worker.call("GET", `/api/jobs/${id}/repository`)).json()) as JobRepository;
const delivered = async (id: string, state = "delivered") =>
  until("the delivery", async () => ((await repositoryOf(id)).delivery === state ? repositoryOf(id) : undefined), slow);
const git = (workspace: string, ...argv: string[]) => server.git(workspace, "-c", "user.name=job", "-c", "user.email=job@x", ...argv);

test("[R1] a job begins on a branch of its own, from the newest commit of the branch that it names", async () => {
  await server.make("plain", { "README.md": "one" });
  await server.commit("plain", { "other.md": "other" }, "next");
  const first = await started({ url: server.url("plain") });
  expect((await readdir(first.workspace)).toSorted()).toEqual([".git", "README.md"]);
  expect(git(first.workspace, "branch", "--show-current")).toBe(`freehold/job-${first.id.slice(-12)}`);
  expect(await repositoryOf(first.id)).toMatchObject({
    base: { branch: "main", commit: server.in("plain", "rev-parse", "main") },
    delivery: "none",
    mode: "none",
  });
  await server.commit("plain", { "README.md": "two" });
  const [second, third] = await Promise.all([
    started({ url: server.url("plain"), branch: "next", newBranch: "mine" }, { files: [{ path: "brief.md", text: "brief" }] }),
    started({ url: server.url("plain") }),
  ]);
  expect((await readdir(second.workspace)).toSorted()).toEqual([".git", "README.md", "brief.md", "other.md"]);
  expect(git(second.workspace, "branch", "--show-current")).toBe("mine");
  expect(await readFile(join(third.workspace, "README.md"), "utf8")).toBe("two");
  expect(await readdir(join(place.jobsDir, "repositories"))).toHaveLength(1);
}, 60_000);

test("[R1] a workspace stays whole without the mirror, and a preparation that broke off is done again", async () => {
  await server.make("whole", { "a.txt": "a" });
  place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  const { id } = await worker.post({ repository: { url: server.url("whole") } });
  const workspace = join(place.jobsDir, id, "workspace");
  const prepared = async () => (await client.query("select from job_repositories where job_id = $1 and prepared_at is not null", [id])).rowCount === 1;
  await until("the preparation", prepared, slow);
  await rm(join(workspace, "a.txt"));
  await writeFile(join(workspace, ".git/index.lock"), "");
  await client.query("update job_repositories set base_commit = null, prepared_at = null where job_id = $1", [id]);
  await until("the second preparation", prepared, slow);
  place.manager.intercept = () => undefined;
  await until("the container", () => place.manager.containers.has(`job-${id}-1`), slow);
  for (const name of await readdir(join(place.jobsDir, "repositories"))) await rm(join(place.jobsDir, "repositories", name), { recursive: true });
  expect(await readFile(join(workspace, "a.txt"), "utf8")).toBe("a");
  expect(git(workspace, "fsck", "--full")).toBe("");
});

test("[R2] a token opens what is private, goes to no container that sees a workspace, and is found nowhere afterwards", async () => {
  await server.make("private-one", { "a.txt": "a" });
  place.manager.tasks.length = 0;
  const { id, workspace, finish } = await started({ url: server.url("private-one"), credential: "forge", deliver: "push" });
  await writeFile(join(workspace, "b.txt"), "b");
  await finish();
  await delivered(id);
  const tasks = place.manager.tasks.filter((task) => task.jobId === id);
  expect(tasks.map((task) => [task.workspace, task.network, JSON.stringify(task.env).includes(server.token)])).toEqual([
    ["none", true, true],
    ["read-write", false, false],
    ["read-write", false, false],
    ["read-only", false, false],
    ["none", true, true],
  ]);
  expect(JSON.stringify(tasks.map((task) => task.argv))).not.toContain(server.token);
  expect(spawnSync("grep", ["--recursive", "--quiet", "--text", "--fixed-strings", server.token, place.jobsDir]).status).toBe(1);
  const { rows } = await client.query("select * from repository_credentials");
  expect(JSON.stringify(rows)).not.toContain(server.token);
  const shown = await (await worker.call("GET", "/api/repositories/credentials")).json();
  expect(shown).toEqual({
    credentials: [{ name: "forge", origin: server.origin, username: "x-access-token", createdAt: expect.any(String), updatedAt: expect.any(String) }],
  });
});

test("[R2] a wrong token, a missing branch, an empty and an unknown repository fail the job at once, in words, without the token", async () => {
  await worker.call("PUT", "/api/repositories/credentials/wrong", { token: "ghp_wrong-token", origin: server.origin });
  await server.make("private-two", { "a.txt": "a" });
  await server.make("empty", {});
  await server.make("branchless", { "a.txt": "a" });
  const cases = [
    [{ url: server.url("private-two"), credential: "wrong" }, /let nobody in/],
    [{ url: server.url("private-two") }, /let nobody in/],
    [{ url: server.url("branchless"), branch: "nowhere" }, /no such branch/],
    [{ url: server.url("empty") }, /is empty/],
    [{ url: server.url("unknown") }, /let nobody in/],
  ] as const;
  for (const [repository, said] of cases) {
    const job = await failed(repository);
    expect(job.error).toMatchObject({ code: "job.start-refused", message: expect.stringMatching(said) });
    expect(JSON.stringify(job)).not.toContain("ghp_");
  }
}, 60_000);

test("a server that is away for a while is waited for", async () => {
  await server.make("away", { "a.txt": "a" });
  server.status = 503;
  const { id } = await worker.post({ repository: { url: server.url("away") } });
  await until("two tries", () => place.manager.tasks.filter((task) => task.jobId === id).length >= 2, slow);
  server.status = undefined;
  await until("the container", () => place.manager.containers.has(`job-${id}-1`), slow);
});

test("[R3] the diff has all that differs from the beginning, committed or not, while the job is at work, and touches nothing", async () => {
  await server.make("changes", {
    "keep.txt": "keep",
    "change.txt": "old\n",
    "gone.txt": "gone",
    "move.txt": "a line that is long enough\n".repeat(20),
    ".gitignore": "ignored\n",
  });
  const { id, workspace } = await started({ url: server.url("changes") });
  await writeFile(join(workspace, "change.txt"), "new\nnewer\n");
  git(workspace, "commit", "--quiet", "--all", "--message", "work");
  await rm(join(workspace, "gone.txt"));
  git(workspace, "mv", "move.txt", "moved.txt");
  await writeFile(join(workspace, 'ünï\n"odd".txt'), "x\n");
  await writeFile(join(workspace, "bin"), Buffer.from([0, 1, 2, 0]));
  await writeFile(join(workspace, "ignored"), "x");
  const before = git(workspace, "status", "--porcelain");
  const diff = (await (await worker.call("GET", `/api/jobs/${id}/diff`)).json()) as JobDiff;
  expect(diff).toMatchObject({ base: server.in("changes", "rev-parse", "main"), branch: `freehold/job-${id.slice(-12)}`, truncated: false });
  expect(diff.files.toSorted((one, other) => (one.path < other.path ? -1 : 1))).toEqual([
    { path: "bin", status: "added", additions: 0, deletions: 0, binary: true },
    { path: "change.txt", status: "modified", additions: 2, deletions: 1, binary: false },
    { path: "gone.txt", status: "deleted", additions: 0, deletions: 1, binary: false },
    { path: "moved.txt", oldPath: "move.txt", status: "renamed", additions: 0, deletions: 0, binary: false },
    { path: 'ünï\n"odd".txt', status: "added", additions: 1, deletions: 0, binary: false },
  ]);
  expect(diff.patch).toContain("-old\n+new\n+newer\n");
  expect(git(workspace, "status", "--porcelain")).toBe(before);
  await rm(join(workspace, ".git"), { recursive: true });
  const broken = await until("the damage to be seen", async () => {
    const response = await worker.call("GET", `/api/jobs/${id}/diff`);
    return response.ok ? undefined : response;
  });
  expect(await problem(broken)).toMatchObject({ status: 409, code: "repository.broken" });
});

test("[R4] at the end the branch is pushed, with what was left uncommitted; without work nothing is", async () => {
  await server.make("target", { "a.txt": "a" });
  const job = await started({ url: server.url("target"), deliver: "push", newBranch: "work/one" }, { title: "Mend the door" });
  await writeFile(join(job.workspace, "b.txt"), "b");
  git(job.workspace, "add", "b.txt");
  git(job.workspace, "commit", "--quiet", "--message", "own commit");
  await writeFile(join(job.workspace, "c.txt"), "c");
  await job.finish();
  const done = await delivered(job.id);
  expect(done.deliveredCommit).toBe(server.in("target", "rev-parse", "work/one"));
  expect(server.in("target", "log", "--format=%s", "main..work/one").split("\n")).toEqual(["Mend the door", "own commit"]);
  expect(server.in("target", "ls-tree", "--name-only", "work/one").split("\n")).toEqual(["a.txt", "b.txt", "c.txt"]);
  const idle = await started({ url: server.url("target"), deliver: "push" });
  await idle.finish();
  expect(await delivered(idle.id, "nothing")).toMatchObject({ deliveredCommit: null, problem: null });
  expect(server.in("target", "branch", "--format=%(refname:short)").split("\n")).toEqual(["main", "work/one"]);
}, 60_000);

test("[R4] what another turn adds is delivered when it has succeeded, and what a dead worker had begun is done again", async () => {
  await server.make("turns", { "a.txt": "a" });
  const { id, workspace, finish } = await started({ url: server.url("turns"), deliver: "push" });
  await writeFile(join(workspace, "b.txt"), "b");
  await finish();
  const first = await delivered(id);
  expect((await worker.call("POST", `/api/jobs/${id}/resume`, { prompt: "more" })).status).toBe(202);
  await until("the second turn", () => place.manager.containers.has(`job-${id}-2`), slow);
  await writeFile(join(workspace, "c.txt"), "c");
  place.manager.print(`job-${id}-2`, successOf("done"));
  place.manager.exit(`job-${id}-2`, 0);
  const again = async () => {
    const found = await repositoryOf(id);
    return found.delivery === "delivered" && found.deliveredCommit !== first.deliveredCommit ? found : undefined;
  };
  const second = await until("the second delivery", again, slow);
  expect(server.in("turns", "log", "--format=%s", `main..${second.newBranch}`).split("\n")).toHaveLength(2);
  // As a worker leaves it that was killed in the middle: taken, and its time is over.
  server.in("turns", "branch", "-D", second.newBranch);
  await client.query(
    "update job_repositories set delivery = 'waiting', delivery_ended_at = null, next_try_at = now() - interval '1 second' where job_id = $1",
    [id],
  );
  await delivered(id);
  expect(server.in("turns", "rev-parse", second.newBranch)).toBe(second.deliveredCommit);
}, 60_000);

test("a mirror that no job has used for long is deleted, and made anew by the next", async () => {
  await server.make("old", { "a.txt": "a" });
  await started({ url: server.url("old") });
  const mirrors = join(place.jobsDir, "repositories");
  const old = new Date(Date.now() - 31 * 86_400_000);
  for (const name of await readdir(mirrors)) await utimes(join(mirrors, name, "freehold.lock"), old, old);
  await until("the sweep", async () => (await readdir(mirrors)).length === 0);
  await started({ url: server.url("old") });
  expect(await readdir(mirrors)).toHaveLength(1);
});

test("[R4] a pull request is opened once, however often it is delivered", async () => {
  await server.make("private-pulls", { "a.txt": "a" });
  const { id, workspace, finish } = await started({ url: server.url("private-pulls"), credential: "forge", deliver: "pull-request" }, { title: "Add b" });
  await writeFile(join(workspace, "b.txt"), "b");
  await finish();
  const first = await delivered(id);
  expect(first.pullRequestUrl).toBe(`${server.origin}/team/private-pulls/pull/1`);
  expect(server.pulls).toEqual([
    { owner: "team", repository: "private-pulls", body: { head: first.newBranch, base: "main", title: "Add b", body: `Made by the Freehold job ${id}.` } },
  ]);
  await writeFile(join(workspace, "c.txt"), "c");
  expect((await worker.call("POST", `/api/jobs/${id}/deliver`, { mode: "pull-request" })).status).toBe(202);
  const again = await until(
    "the second delivery",
    async () => {
      const found = await repositoryOf(id);
      return found.delivery === "delivered" && found.deliveredCommit !== first.deliveredCommit ? found : undefined;
    },
    slow,
  );
  expect(again.pullRequestUrl).toBe(first.pullRequestUrl);
  expect(server.pulls).toHaveLength(1);
}, 60_000);

test("[R4] a push that the server refuses fails the delivery, not the job, and can be asked for again", async () => {
  await server.make("taken", { "a.txt": "a" });
  await server.commit("taken", { "theirs.txt": "x" }, "shared");
  const { id, workspace, finish } = await started({ url: server.url("taken"), newBranch: "shared", deliver: "push" });
  await writeFile(join(workspace, "b.txt"), "b");
  await finish();
  expect(await delivered(id, "failed")).toMatchObject({ problem: expect.stringContaining("The server took no push") });
  expect((await worker.get(id)).state).toBe("succeeded");
  server.in("taken", "branch", "-D", "shared");
  expect((await worker.call("POST", `/api/jobs/${id}/deliver`, { mode: "push" })).status).toBe(202);
  await delivered(id);
});

test("[R2] what a job writes into its repository's configuration never gets to see the token", async () => {
  await server.make("private-trap", { "a.txt": "a" });
  const { id, workspace, finish } = await started({ url: server.url("private-trap"), credential: "forge", deliver: "push" });
  const seen = join(place.jobsDir, "seen");
  const trap = join(workspace, "trap.sh");
  await writeFile(trap, `#!/bin/sh\nenv >> ${seen}\ncat\n`);
  await chmod(trap, 0o755);
  await mkdir(join(workspace, ".git/hooks"), { recursive: true });
  for (const hook of ["pre-commit", "post-commit", "pre-push", "reference-transaction", "post-checkout", "fsmonitor-watchman"]) {
    await writeFile(join(workspace, ".git/hooks", hook), `#!/bin/sh\nenv >> ${seen}-hook\n`);
    await chmod(join(workspace, ".git/hooks", hook), 0o755);
  }
  const settings = {
    "core.fsmonitor": trap,
    "core.sshCommand": trap,
    "core.askPass": trap,
    "credential.helper": `!${trap}`,
    "uploadpack.packObjectsHook": trap,
    "filter.trap.clean": trap,
    "diff.external": trap,
    [`url.http://127.0.0.1:9/.insteadOf`]: server.origin,
    "remote.origin.pushurl": "http://127.0.0.1:9/x.git",
  };
  for (const [name, value] of Object.entries(settings)) git(workspace, "config", name, value);
  await writeFile(join(workspace, ".gitattributes"), "*.txt filter=trap\n");
  await writeFile(join(workspace, "b.txt"), "b");
  await finish();
  await delivered(id);
  expect(server.in("private-trap", "show", `freehold/job-${id.slice(-12)}:b.txt`)).toBe("b");
  // The filter is the job's own program in a container like its own: it runs, and sees nothing.
  expect(await readFile(seen, "utf8")).not.toContain(server.token);
  expect(existsSync(`${seen}-hook`)).toBe(false);
});

test("a running job's work is not delivered, and one without a repository has none", async () => {
  await server.make("running", { "a.txt": "a" });
  const { id } = await started({ url: server.url("running") });
  expect(await problem(await worker.call("POST", `/api/jobs/${id}/deliver`, { mode: "push" }))).toMatchObject({ status: 409, code: "repository.busy" });
  const plain = await worker.post();
  for (const path of ["repository", "diff"])
    expect(await problem(await worker.call("GET", `/api/jobs/${plain.id}/${path}`))).toMatchObject({ status: 404, code: "repository.none" });
});

test("a job that is cancelled while its repository is fetched ends at once", async () => {
  place.manager.onTask = () => new Promise(() => undefined);
  const { id } = await worker.post({ repository: { url: "http://127.0.0.1:9/team/slow.git" } });
  await until("the fetch", () => place.manager.tasks.some((task) => task.jobId === id));
  await worker.call("POST", `/api/jobs/${id}/cancel`);
  await until("the end", async () => (await worker.get(id)).state === "cancelled");
  place.manager.onTask = (task) => runOnHost(task, place.jobsDir);
});

test.each([
  ["no address", { url: "sample" }],
  ["a file", { url: "file:///etc" }],
  ["ssh", { url: "ssh://git@github.com/a/b" }],
  ["a program of git's", { url: "ext::sh -c id" }],
  ["a token in the address", { url: "https://token@github.com/a/b" }],
  ["no repository", { url: "https://github.com/" }],
  ["a query", { url: "https://github.com/a/b?x=1" }],
  ["an option for a branch", { url: "https://github.com/a/b", branch: "--upload-pack=x" }],
  ["a branch with a step up", { url: "https://github.com/a/b", newBranch: "a/../b" }],
  ["a branch with a line break", { url: "https://github.com/a/b", newBranch: "a\nb" }],
  ["a locked branch", { url: "https://github.com/a/b", newBranch: "a.lock" }],
  ["a pull request without a credential", { url: "https://github.com/a/b", deliver: "pull-request" }],
  ["an unknown field", { url: "https://github.com/a/b", force: true }],
])("a repository with %s is refused", async (_what, repository) => {
  expect(await problem(await worker.call("POST", "/api/jobs", { prompt: "x", repository }))).toMatchObject({ status: 400, code: "request.invalid" });
});

test("[R2] a credential that there is not, or that is for another server, makes no job", async () => {
  const post = (credential: string) => worker.call("POST", "/api/jobs", { prompt: "x", repository: { url: "https://elsewhere.example/a/b", credential } });
  expect(await problem(await post("none"))).toMatchObject({ status: 404, code: "credential.unknown" });
  expect(await problem(await post("forge"))).toMatchObject({ status: 400, code: "credential.other-origin" });
  for (const body of [
    { token: "" },
    { token: "a b" },
    { token: "x", origin: "https://x.example/path" },
    { token: "x", origin: "ftp://x" },
    { token: "x", origin: "nowhere" },
    { token: "x", more: 1 },
  ])
    expect(await problem(await worker.call("PUT", "/api/repositories/credentials/bad", body))).toMatchObject({ status: 400, code: "request.invalid" });
  expect(await problem(await worker.call("DELETE", "/api/repositories/credentials/none"))).toMatchObject({ status: 404, code: "credential.unknown" });
});
