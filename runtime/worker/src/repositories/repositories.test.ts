import { readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import { runOnHost } from "../testing/host-tasks.ts";
import { slow, withRepositories } from "../testing/repositories-scene.ts";
import { problem } from "../testing/worker-scene.ts";

const scene = withRepositories();
const { server, working, repositoryOf, git } = scene;

test("[R1] a job begins on a branch of its own, from the newest commit of the branch that it names", async () => {
  await server.make("plain", { "README.md": "one" });
  await server.commit("plain", { "other.md": "other" }, "next");
  const first = await working({ url: server.url("plain") });
  expect((await readdir(first.workspace)).toSorted()).toEqual([".git", "README.md"]);
  expect(git(first.workspace, "branch", "--show-current")).toBe(`freehold/job-${first.id.slice(-12)}`);
  expect(await repositoryOf(first.id)).toMatchObject({
    base: { branch: "main", commit: server.in("plain", "rev-parse", "main") },
    delivery: "none",
    mode: "none",
  });
  await server.commit("plain", { "README.md": "two" });
  const [second, third] = await Promise.all([
    working({ url: server.url("plain"), branch: "next", newBranch: "mine" }, { files: [{ path: "brief.md", text: "brief" }] }),
    working({ url: server.url("plain") }),
  ]);
  expect((await readdir(second.workspace)).toSorted()).toEqual([".git", "README.md", "brief.md", "other.md"]);
  expect(git(second.workspace, "branch", "--show-current")).toBe("mine");
  expect(await readFile(join(third.workspace, "README.md"), "utf8")).toBe("two");
  expect(await readdir(join(scene.place.jobsDir, "repositories"))).toHaveLength(1);
}, 60_000);

test("[R1] a workspace stays whole without the mirror, and a preparation that broke off is done again", async () => {
  await server.make("whole", { "a.txt": "a" });
  scene.place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  const { id } = await scene.worker.post({ repository: { url: server.url("whole") } });
  const workspace = join(scene.place.jobsDir, id, "workspace");
  const prepared = async () => (await scene.client.query("select from job_repositories where job_id = $1 and prepared_at is not null", [id])).rowCount === 1;
  await until("the preparation", prepared, slow);
  await rm(join(workspace, "a.txt"));
  await writeFile(join(workspace, ".git/index.lock"), "");
  await scene.client.query("update job_repositories set base_commit = null, prepared_at = null where job_id = $1", [id]);
  await until("the second preparation", prepared, slow);
  scene.place.manager.intercept = () => undefined;
  await until("the container", () => scene.place.manager.containers.has(`job-${id}-1`), slow);
  for (const name of await readdir(join(scene.place.jobsDir, "repositories"))) await rm(join(scene.place.jobsDir, "repositories", name), { recursive: true });
  expect(await readFile(join(workspace, "a.txt"), "utf8")).toBe("a");
  expect(git(workspace, "fsck", "--full")).toBe("");
});

test("a server that is away for a while is waited for", async () => {
  await server.make("away", { "a.txt": "a" });
  server.status = 503;
  const { id } = await scene.worker.post({ repository: { url: server.url("away") } });
  await until("two tries", () => scene.place.manager.tasks.filter((task) => task.jobId === id).length >= 2, slow);
  server.status = undefined;
  await until("the container", () => scene.place.manager.containers.has(`job-${id}-1`), slow);
});

test("a mirror that no job has used for long is deleted, and made anew by the next", async () => {
  await server.make("old", { "a.txt": "a" });
  await working({ url: server.url("old") });
  const mirrors = join(scene.place.jobsDir, "repositories");
  const old = new Date(Date.now() - 31 * 86_400_000);
  for (const name of await readdir(mirrors)) await utimes(join(mirrors, name, "freehold.lock"), old, old);
  await until("the sweep", async () => (await readdir(mirrors)).length === 0);
  await working({ url: server.url("old") });
  expect(await readdir(mirrors)).toHaveLength(1);
});

test("a job that is cancelled while its repository is fetched ends at once", async () => {
  scene.place.manager.onTask = () => new Promise(() => undefined);
  const { id } = await scene.worker.post({ repository: { url: "http://127.0.0.1:9/team/slow.git" } });
  await until("the fetch", () => scene.place.manager.tasks.some((task) => task.jobId === id));
  await scene.worker.call("POST", `/api/jobs/${id}/cancel`);
  await until("the end", async () => (await scene.worker.get(id)).state === "cancelled");
  scene.place.manager.onTask = (task) => runOnHost(task, scene.place.jobsDir);
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
  expect(await problem(await scene.worker.call("POST", "/api/jobs", { prompt: "x", repository }))).toMatchObject({ status: 400, code: "request.invalid" });
});
