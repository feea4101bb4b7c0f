import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { withRepositories } from "../testing/repositories-scene.ts";
import { problem } from "../testing/worker-scene.ts";

const scene = withRepositories();
const { server, working, failed, delivered, git } = scene;

test("[R2] a token opens what is private, goes to no container that sees a workspace, and is found nowhere afterwards", async () => {
  await server.make("private-one", { "a.txt": "a" });
  scene.place.manager.tasks.length = 0;
  const { id, workspace, finish } = await working({ url: server.url("private-one"), credential: "forge", deliver: "push" });
  await writeFile(join(workspace, "b.txt"), "b");
  await finish();
  await delivered(id);
  const tasks = scene.place.manager.tasks.filter((task) => task.jobId === id);
  expect(tasks.map((task) => [task.workspace, task.network, JSON.stringify(task.env).includes(server.token)])).toEqual([
    ["none", true, true],
    ["read-write", false, false],
    ["read-write", false, false],
    ["read-only", false, false],
    ["none", true, true],
  ]);
  expect(JSON.stringify(tasks.map((task) => task.argv))).not.toContain(server.token);
  expect(spawnSync("grep", ["--recursive", "--quiet", "--text", "--fixed-strings", server.token, scene.place.jobsDir]).status).toBe(1);
  const { rows } = await scene.client.query("select * from repository_credentials");
  expect(JSON.stringify(rows)).not.toContain(server.token);
  const shown = await (await scene.worker.call("GET", "/api/repositories/credentials")).json();
  expect(shown).toEqual({
    credentials: [{ name: "forge", origin: server.origin, username: "x-access-token", createdAt: expect.any(String), updatedAt: expect.any(String) }],
  });
});

test("[R2] a wrong token, a missing branch, an empty and an unknown repository fail the job at once, in words, without the token", async () => {
  await scene.worker.call("PUT", "/api/repositories/credentials/wrong", { token: "ghp_wrong-token", origin: server.origin });
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

test("[R2] what a job writes into its repository's configuration never gets to see the token", async () => {
  await server.make("private-trap", { "a.txt": "a" });
  const { id, workspace, finish } = await working({ url: server.url("private-trap"), credential: "forge", deliver: "push" });
  const seen = join(scene.place.jobsDir, "seen");
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

test("[R2] a credential that there is not, or that is for another server, makes no job", async () => {
  const post = (credential: string) =>
    scene.worker.call("POST", "/api/jobs", { prompt: "x", repository: { url: "https://elsewhere.example/a/b", credential } });
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
    expect(await problem(await scene.worker.call("PUT", "/api/repositories/credentials/bad", body))).toMatchObject({ status: 400, code: "request.invalid" });
  expect(await problem(await scene.worker.call("DELETE", "/api/repositories/credentials/none"))).toMatchObject({ status: 404, code: "credential.unknown" });
});
