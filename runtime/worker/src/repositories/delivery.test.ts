import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import { successOf } from "../testing/worker-place.ts";
import type { JobDiff } from "./repositories.ts";
import { slow, withRepositories } from "../testing/repositories-scene.ts";
import { problem } from "../testing/worker-scene.ts";

const scene = withRepositories();
const { server, working, delivered, repositoryOf, git } = scene;

test("[R3] the diff has all that differs from the beginning, committed or not, while the job is at work, and touches nothing", async () => {
  await server.make("changes", {
    "keep.txt": "keep",
    "change.txt": "old\n",
    "gone.txt": "gone",
    "move.txt": "a line that is long enough\n".repeat(20),
    ".gitignore": "ignored\n",
  });
  const { id, workspace } = await working({ url: server.url("changes") });
  await writeFile(join(workspace, "change.txt"), "new\nnewer\n");
  git(workspace, "commit", "--quiet", "--all", "--message", "work");
  await rm(join(workspace, "gone.txt"));
  git(workspace, "mv", "move.txt", "moved.txt");
  await writeFile(join(workspace, 'ünï\n"odd".txt'), "x\n");
  await writeFile(join(workspace, "bin"), Buffer.from([0, 1, 2, 0]));
  await writeFile(join(workspace, "ignored"), "x");
  const before = git(workspace, "status", "--porcelain");
  const diff = (await (await scene.worker.call("GET", `/api/jobs/${id}/diff`)).json()) as JobDiff;
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
    const response = await scene.worker.call("GET", `/api/jobs/${id}/diff`);
    return response.ok ? undefined : response;
  });
  expect(await problem(broken)).toMatchObject({ status: 409, code: "repository.broken" });
});

test("[R4] at the end the branch is pushed, with what was left uncommitted; without work nothing is", async () => {
  await server.make("target", { "a.txt": "a" });
  const job = await working({ url: server.url("target"), deliver: "push", newBranch: "work/one" }, { title: "Mend the door" });
  await writeFile(join(job.workspace, "b.txt"), "b");
  git(job.workspace, "add", "b.txt");
  git(job.workspace, "commit", "--quiet", "--message", "own commit");
  await writeFile(join(job.workspace, "c.txt"), "c");
  await job.finish();
  const done = await delivered(job.id);
  expect(done.deliveredCommit).toBe(server.in("target", "rev-parse", "work/one"));
  expect(server.in("target", "log", "--format=%s", "main..work/one").split("\n")).toEqual(["Mend the door", "own commit"]);
  expect(server.in("target", "ls-tree", "--name-only", "work/one").split("\n")).toEqual(["a.txt", "b.txt", "c.txt"]);
  const idle = await working({ url: server.url("target"), deliver: "push" });
  await idle.finish();
  expect(await delivered(idle.id, "nothing")).toMatchObject({ deliveredCommit: null, problem: null });
  expect(server.in("target", "branch", "--format=%(refname:short)").split("\n")).toEqual(["main", "work/one"]);
}, 60_000);

test("[R4] what another turn adds is delivered when it has succeeded, and what a dead worker had begun is done again", async () => {
  await server.make("turns", { "a.txt": "a" });
  const { id, workspace, finish } = await working({ url: server.url("turns"), deliver: "push" });
  await writeFile(join(workspace, "b.txt"), "b");
  await finish();
  const first = await delivered(id);
  expect((await scene.worker.call("POST", `/api/jobs/${id}/resume`, { prompt: "more" })).status).toBe(202);
  await until("the second turn", () => scene.place.manager.containers.has(`job-${id}-2`), slow);
  await writeFile(join(workspace, "c.txt"), "c");
  scene.place.manager.print(`job-${id}-2`, successOf("done"));
  scene.place.manager.exit(`job-${id}-2`, 0);
  const again = async () => {
    const found = await repositoryOf(id);
    return found.delivery === "delivered" && found.deliveredCommit !== first.deliveredCommit ? found : undefined;
  };
  const second = await until("the second delivery", again, slow);
  expect(server.in("turns", "log", "--format=%s", `main..${second.newBranch}`).split("\n")).toHaveLength(2);
  // As a worker leaves it that was killed in the middle: taken, and its time is over.
  server.in("turns", "branch", "-D", second.newBranch);
  await scene.client.query(
    "update job_repositories set delivery = 'waiting', delivery_ended_at = null, next_try_at = now() - interval '1 second' where job_id = $1",
    [id],
  );
  await delivered(id);
  expect(server.in("turns", "rev-parse", second.newBranch)).toBe(second.deliveredCommit);
}, 60_000);

test("[R4] a pull request is opened once, however often it is delivered", async () => {
  await server.make("private-pulls", { "a.txt": "a" });
  const { id, workspace, finish } = await working({ url: server.url("private-pulls"), credential: "forge", deliver: "pull-request" }, { title: "Add b" });
  await writeFile(join(workspace, "b.txt"), "b");
  await finish();
  const first = await delivered(id);
  expect(first.pullRequestUrl).toBe(`${server.origin}/team/private-pulls/pull/1`);
  expect(server.pulls).toEqual([
    { owner: "team", repository: "private-pulls", body: { head: first.newBranch, base: "main", title: "Add b", body: `Made by the Freehold job ${id}.` } },
  ]);
  await writeFile(join(workspace, "c.txt"), "c");
  expect((await scene.worker.call("POST", `/api/jobs/${id}/deliver`, { mode: "pull-request" })).status).toBe(202);
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
  const { id, workspace, finish } = await working({ url: server.url("taken"), newBranch: "shared", deliver: "push" });
  await writeFile(join(workspace, "b.txt"), "b");
  await finish();
  expect(await delivered(id, "failed")).toMatchObject({ problem: expect.stringContaining("The server took no push") });
  expect((await scene.worker.get(id)).state).toBe("succeeded");
  server.in("taken", "branch", "-D", "shared");
  expect((await scene.worker.call("POST", `/api/jobs/${id}/deliver`, { mode: "push" })).status).toBe(202);
  await delivered(id);
});

test("a running job's work is not delivered, and one without a repository has none", async () => {
  await server.make("running", { "a.txt": "a" });
  const { id } = await working({ url: server.url("running") });
  expect(await problem(await scene.worker.call("POST", `/api/jobs/${id}/deliver`, { mode: "push" }))).toMatchObject({ status: 409, code: "repository.busy" });
  const plain = await scene.worker.post();
  for (const path of ["repository", "diff"])
    expect(await problem(await scene.worker.call("GET", `/api/jobs/${plain.id}/${path}`))).toMatchObject({ status: 404, code: "repository.none" });
});
