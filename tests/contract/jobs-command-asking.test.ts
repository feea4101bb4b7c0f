import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, jest, test } from "@jest/globals";
import { AskingContainer } from "../../runtime/worker/src/approvals/testing/asking-container.ts";
import { successOf } from "../../runtime/worker/src/testing/worker-place.ts";
import { until } from "../support/until.ts";
import { withJobsCommand } from "../support/jobs-command.ts";

const command = withJobsCommand();
const { jobs, scene } = command;

jest.setTimeout(60_000);
beforeEach(() => {
  scene.place.manager.onStart = (name) => finish(name);
});
const shown = async (...argv: string[]) => JSON.parse((await jobs(...argv, "--json")).out) as Record<string, unknown>;
function finish(name: string): void {
  scene.place.manager.print(name, successOf("all done"));
  scene.place.manager.exit(name, 0);
}

/** A job that runs, in whose container questions can be asked. */
async function asking(title: string): Promise<{ id: string; container: AskingContainer; end: () => Promise<void> }> {
  scene.place.manager.onStart = () => undefined;
  const { out: id } = await jobs("run", "clean up", "--title", title, "--permission-mode", "ask");
  const name = `job-${id}-1`;
  await until("the container", () => scene.place.manager.containers.has(name));
  const container = new AskingContainer(join(scene.place.jobsDir, id));
  const end = async () => {
    finish(name);
    await container.stop();
    await until("the job's end", async () => (await shown("show", id))["state"] === "succeeded");
  };
  return { id, container, end };
}

const waiting = async (text: string) =>
  until(`${text} to wait`, async () => {
    const { approvals } = (await shown("approvals")) as { approvals: { id: string; jobId: string; summary: string }[] };
    return approvals.find(({ summary }) => summary.includes(text));
  });

test("what a job asks is listed with its exact command, and approved by the job's id", async () => {
  const { id, container, end } = await asking("approved");
  const replied = container.ask("Bash", { command: "rm -rf build" });
  const { id: approval } = await waiting("rm -rf build");
  const listed = (await jobs("approvals")).out;
  expect(listed).toContain(`${approval}  job ${id}  until `);
  expect(listed).toContain("\n    Bash: rm -rf build");
  expect((await jobs("ls", "--state", "waiting-for-approval")).out).toContain("approved");
  expect((await jobs("approve", id)).out).toBe("allowed Bash: rm -rf build");
  expect(await replied).toMatchObject({ behavior: "allow" });
  await until("nothing to wait", async () => (await jobs("approvals")).out === "Nothing waits for an approval.");
  await end();
});

test("a question is denied by its own id, and the job is told why", async () => {
  const { container, end } = await asking("denied");
  const replied = container.ask("Bash", { command: "git push --force" });
  const { id: approval } = await waiting("git push --force");
  expect((await jobs("deny", approval, "--message", "Never by force.")).out).toBe("denied Bash: git push --force");
  expect(await replied).toEqual({ behavior: "deny", message: "The owner said no. Never by force." });
  // Whoever comes second is refused, and told where to look.
  await expect(jobs("approve", approval)).rejects.toMatchObject({ name: expect.stringMatching(/Failure$/), cure: expect.stringMatching(/\S/) });
  await end();
});

test("a job that asks two things is answered one by one: by its own id neither is allowed", async () => {
  const { id, container, end } = await asking("twofold");
  const one = container.ask("Bash", { command: "make one" });
  const two = container.ask("Bash", { command: "make two" });
  const [first, second] = [await waiting("make one"), await waiting("make two")];
  await expect(jobs("approve", id)).rejects.toMatchObject({ message: `Job ${id} asks 2 things.`, cure: expect.stringContaining(second.id) });
  await jobs("approve", first.id);
  await jobs("deny", "last");
  expect([(await one).behavior, (await two).behavior]).toEqual(["allow", "deny"]);
  await end();
});

test("several questions are all listed, and escape sequences in them reach no terminal", async () => {
  const { id, container, end } = await asking("many");
  const replies = Array.from({ length: 5 }, (_, index) => container.ask("Bash", { command: `echo ${index} \u001b]0;owned\u0007` }));
  await until("all to wait", async () => ((await shown("approvals")) as { approvals: object[] }).approvals.length === 5);
  const { out } = await jobs("approvals");
  for (let index = 0; index < 5; index++) expect(out).toContain(`echo ${index}`);
  for (const control of ["\u001b", "\u0007", "\u009b"]) expect(out).not.toContain(control);
  const { approvals } = (await shown("approvals")) as { approvals: { id: string; jobId: string }[] };
  for (const approval of approvals) {
    expect(approval.jobId).toBe(id);
    await jobs("approve", approval.id);
  }
  expect((await Promise.all(replies)).map(({ behavior }) => behavior)).toEqual(Array.from({ length: 5 }, () => "allow"));
  await end();
});

test("a template is run with what it wants to know, its file sent ahead, and options beside it", async () => {
  const made = await scene.worker.call("POST", "/api/templates", {
    name: "notes",
    title: "Notes",
    prompt: "Write notes of {{version}} for {{readers}}.",
    inputs: [
      { name: "version", label: "Version", kind: "text", required: true },
      { name: "readers", label: "Readers", kind: "choice", required: false, choices: ["users", "developers"], default: "users" },
    ],
    budgetUsd: 2,
  });
  expect(made.status).toBe(201);
  const path = join(command.folder, "changes.md");
  await writeFile(path, "- faster\n");
  const job = await shown("run", "--template", "notes", "--input", "version=2.4=rc", "--attach", `${path}:in/changes.md`, "--title", "2.4", "--wait");
  expect(job).toMatchObject({ title: "2.4", prompt: "Write notes of 2.4=rc for users.", budgetUsd: 2, state: "succeeded" });
  expect((await jobs("cp", `${String(job["id"])}:in/changes.md`, "-")).code).toBe(0);
  await shown("run", "--template", "notes", "--input", "version=3", "--input", "readers=developers", "--budget", "0.5");
  expect(await shown("show", "last")).toMatchObject({ prompt: "Write notes of 3 for developers.", budgetUsd: 0.5 });
});

test.each([
  ["an unknown template", ["--template", "nowhere"], /nowhere/],
  ["what a template needs and isn't given", ["--template", "notes"], /version/i],
  ["an input that the template doesn't have", ["--template", "notes", "--input", "version=1", "--input", "color=red"], /color/],
  ["a value that is no choice", ["--template", "notes", "--input", "version=1", "--input", "readers=cats"], /readers|cats/i],
  ["an input without a value", ["--template", "notes", "--input", "version"], /version/],
])("%s is refused with its name and the cure, and no job is made", async (_name, argv, names) => {
  const all = async () => ((await shown("ls", "--limit", "200")) as { jobs: { id: string }[] }).jobs.map(({ id }) => id);
  const before = await all();
  const refused = (await jobs("run", ...argv).then(
    () => undefined,
    (failure: unknown) => failure,
  )) as { name: string; message: string; cure: string };
  expect(refused).toMatchObject({ name: expect.stringMatching(/Failure$/), cure: expect.stringMatching(/\S/) });
  expect(`${refused.message} ${refused.cure}`).toMatch(names);
  expect(await all()).toEqual(before);
});

test("the same key makes one job; options reach the job as they were given", async () => {
  const argv = ["run", "once", "--key", "k-1", "--attempts", "2", "--timeout", "90s", "--priority", "7", "--budget", "0.25", "--permission-mode", "plan"];
  const first = await shown(...argv);
  expect(first).toMatchObject({ maxAttempts: 2, timeoutMs: 90_000, priority: 7, budgetUsd: 0.25, permissionMode: "plan" });
  expect((await shown(...argv))["id"]).toBe(first["id"]);
  await expect(jobs("run", "something else", "--key", "k-1")).rejects.toMatchObject({ name: expect.stringMatching(/Failure$/) });
});

test("lists are narrowed by state, words, time and number; a log by attempt and offset; a deleted job is gone", async () => {
  const { out: id } = await jobs("run", "count the zebras", "--wait", "--json").then(({ out }) => ({ out: (JSON.parse(out) as { id: string }).id }));
  const listed = async (...argv: string[]) => ((await shown("ls", ...argv)) as { jobs: { id: string }[] }).jobs.map((job) => job.id);
  expect(await listed("--search", "zebras", "--state", "succeeded,failed")).toEqual([id]);
  expect(await listed("--search", "zebras", "--to", "2020-01-01T00:00:00Z")).toEqual([]);
  expect(await listed("--search", "zebras", "--from", "2020-01-01T00:00:00Z")).toEqual([id]);
  expect(await listed("--limit", "1")).toHaveLength(1);
  const raw = (await jobs("logs", id, "--raw")).out;
  expect(JSON.parse(raw.split("\n").at(-1)!)).toMatchObject({ type: "result" });
  expect((await jobs("logs", id, "--raw", "--attempt", "1", "--offset", String(Buffer.byteLength(raw) + 1))).out).toBe("");
  expect((await jobs("rm", id)).out).toBe(`${id}  deleted`);
  await expect(jobs("show", id)).rejects.toMatchObject({ name: expect.stringMatching(/Failure$/) });
});
