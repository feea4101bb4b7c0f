import { beforeAll, expect, test } from "@jest/globals";
import { newApproval } from "../support/scripted-queue.ts";
import { newJob } from "../support/scripted-job.ts";
import { until } from "../support/until.ts";
import { picture } from "./console-scene.ts";
import { isForEveryone, patience, withScene } from "./with-scene.ts";

const stand = withScene();
const asking = () => stand.scene.worker.jobs.find(({ job }) => job.state === "waiting-for-approval")!.job.id;

beforeAll(() => {
  const startedAt = new Date(Date.now() - 90_000).toISOString();
  const attempts = [{ number: 1, state: "running", sessionId: null, startedAt, finishedAt: null, exitCode: null, error: null }];
  const job = newJob({ title: "Clean up the old branches", prompt: "x", state: "waiting-for-approval", permissionMode: "ask", startedAt, attempts });
  const waiting = newJob({ title: "Index the archive", prompt: "x", state: "waiting-for-limit" });
  stand.scene.worker.jobs.unshift(job, waiting);
  stand.scene.worker.approvals.push(
    newApproval({
      jobId: job.job.id,
      tool: "Bash",
      input: { command: "git push origin --delete old/one old/two", description: "Delete two branches" },
      summary: "Delete two branches on the server",
    }),
    newApproval({ jobId: job.job.id, tool: "Edit", input: { file_path: "/workspace/a.ts", old_string: "one", new_string: "two" } }),
    newApproval({
      jobId: job.job.id,
      tool: "Bash",
      input: { command: "rm -rf build" },
      state: "denied",
      answeredBy: "owner",
      answeredAt: new Date().toISOString(),
      message: "Not now",
    }),
    newApproval({ jobId: job.job.id, tool: "WebFetch", input: { url: "https://example.com/" }, state: "expired" }),
  );
}, patience);

isForEveryone(stand, [
  { name: "approvals", address: () => "/approvals", ready: ".approval" },
  { name: "job-asks", address: () => `/jobs/${asking()}`, ready: ".approval" },
  { name: "board", address: () => "/?state=waiting-for-limit,waiting-for-approval", ready: ".job .waiting-for-limit" },
  {
    name: "more",
    address: () => "/approvals",
    ready: ".approval",
    act: async (page) => {
      const more = page.getByRole("button", { name: "More", exact: true });
      if (await more.isVisible()) await more.click();
    },
  },
]);

test(
  "the queue is paused with a reason, goes on, waits for a limit or not, and has as many places as wanted",
  async () => {
    const { worker } = stand.scene;
    worker.queue.limit = { until: new Date(Date.now() + 3_600_000).toISOString(), reason: "The week's limit is reached.", provider: "anthropic" };
    const { page, faults } = await stand.open("/");
    const queue = page.getByRole("region", { name: "Queue" });
    await queue.getByText("Usage limit").waitFor();
    await queue.getByRole("button", { name: "Pause" }).click();
    await page.getByLabel("Why").fill("Moving house");
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await queue.getByText("Moving house").waitFor();
    await picture(page, "queue-held");
    await queue.getByRole("button", { name: "Don't wait" }).click();
    await queue.getByText("Usage limit").waitFor({ state: "detached" });
    await queue.getByRole("button", { name: "Go on" }).click();
    await queue.getByText("Moving house").waitFor({ state: "detached" });
    await queue.getByRole("button", { name: "Settings of the queue" }).click();
    await page.getByLabel("Jobs at once, at most").fill("5");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await queue.getByText(/of 5/).waitFor();
    expect(worker.queue).toMatchObject({ slots: 5, paused: null, limit: null, waitForLimits: true });
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "jobs are found by state and by words, and the address keeps what was asked",
  async () => {
    const { page } = await stand.open("/");
    await page.getByRole("button", { name: "Waiting for limit" }).click();
    await until("one job to be shown", async () => (await page.locator("[data-job]").count()) === 1);
    await page.getByRole("button", { name: "Failed" }).click();
    await until("two jobs to be shown", async () => (await page.locator("[data-job]").count()) === 2);
    expect(new URL(page.url()).searchParams.get("state")).toBe("waiting-for-limit,failed");
    await page.getByLabel("Search titles and prompts").fill("archive");
    await until("one job to be shown", async () => (await page.locator("[data-job]").count()) === 1);
    await page.reload();
    expect(await page.getByLabel("Search titles and prompts").inputValue()).toBe("archive");
    await page.getByLabel("Search titles and prompts").fill("nothing like this");
    await page.getByRole("button", { name: "Show all again" }).click();
    await page.getByText("Fix the rounding of amounts").waitFor();
  },
  patience,
);

test(
  "a question is answered with a word to the job; its number stands beside the place where it is answered",
  async () => {
    const { page, faults } = await stand.open("/");
    await page.getByRole("link", { name: "Approvals 2 waiting" }).click();
    const question = page.getByRole("region", { name: "May it use Bash?" });
    await question.getByText("git push origin --delete old/one old/two").waitFor();
    await question.getByLabel("A word to the job").fill("Keep old/two");
    await question.getByRole("button", { name: "Deny" }).click();
    await page.getByRole("region", { name: "Answered" }).locator("summary").getByText("git push origin").waitFor();
    expect(stand.scene.worker.approvals[0]).toMatchObject({ state: "denied", message: "Keep old/two" });
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "answers of long ago come page by page",
  async () => {
    const jobId = stand.scene.worker.approvals[0]!.jobId;
    const old = Array.from({ length: 60 }, (_, index) =>
      newApproval({
        jobId,
        tool: "Bash",
        input: { command: `make step-${index}` },
        state: "allowed",
        answeredBy: "owner",
        answeredAt: new Date().toISOString(),
      }),
    );
    stand.scene.worker.approvals.push(...old);
    const { page, faults } = await stand.open("/approvals");
    const more = page.getByRole("button", { name: "Show older answers" });
    await more.click();
    await page.locator(".answered summary", { hasText: "make step-59" }).waitFor();
    expect(await more.count()).toBe(0);
    const answered = stand.scene.worker.approvals.filter(({ state }) => state !== "pending").length;
    expect(await page.locator(".answered").count()).toBe(answered);
    expect(faults).toEqual([]);
  },
  patience,
);
