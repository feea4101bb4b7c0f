import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "@jest/globals";
import { returns, uses } from "../support/claude-log.ts";
import { newJob } from "../support/scripted-job.ts";
import { until } from "../support/until.ts";
import { picture } from "./console-scene.ts";
import { isForEveryone, patience, withScene } from "./with-scene.ts";

const stand = withScene();
const filesOf = (title: string) => [...stand.scene.worker.jobs.find(({ job }) => String(job["title"]).startsWith(title))!.files.keys()];

beforeAll(() => {
  const startedAt = new Date(Date.now() - 600_000).toISOString();
  const attempts = [{ number: 1, state: "succeeded", sessionId: null, startedAt, finishedAt: startedAt, exitCode: 0, error: null, costUsd: 0.12 }];
  const repository = {
    url: "https://git.example.com/invoices.git",
    branch: null,
    newBranch: "freehold/amounts",
    credential: null,
    base: { branch: "main", commit: "0f1e2d3c4b5a" },
    mode: "none",
    delivery: "none",
    deliveredCommit: null,
    pullRequestUrl: null,
    problem: null,
    deliveryEndedAt: null,
  };
  const more = { budgetUsd: 2, permissionMode: "ask", allowedTools: ["Read"], turns: [{ number: 2, prompt: "And the French ones.", at: startedAt }] };
  stand.scene.worker.jobs.push(
    newJob({
      title: "Read amounts with apostrophes",
      prompt: "Do it.",
      state: "succeeded",
      startedAt,
      finishedAt: startedAt,
      attempts,
      repository,
      repositoryUrl: repository.url,
      ...more,
    }),
  );
}, patience);

isForEveryone(stand, [
  { name: "changes", address: () => `/jobs/${stand.idOf("Read amounts")}/changes`, ready: ".changed-files .diff" },
  { name: "edits", address: () => `/jobs/${stand.idOf("Fix the rounding")}/changes`, ready: ".changed-files .diff" },
  { name: "details-more", address: () => `/jobs/${stand.idOf("Read amounts")}/details`, ready: ".turns" },
  {
    name: "file-menu",
    address: () => `/jobs/${stand.idOf("Fix the rounding")}/files`,
    ready: ".file-entry",
    act: async (page) => page.getByRole("button", { name: "More for README.md" }).click(),
  },
]);

test(
  "an ended job is asked for more in the same place, and what was asked stands in its details",
  async () => {
    const { page, faults } = await stand.open(`/jobs/${stand.idOf("Draft release notes")}`);
    await page.getByText("Complete").waitFor();
    await page.keyboard.press("a");
    await page.getByLabel("What else should be done?").fill("Now in French");
    await picture(page, "follow-up");
    await page.keyboard.press("Control+Enter");
    await page.locator(".diff").getByText("Hello from my home").waitFor();
    await page.locator(".badge.succeeded").waitFor();
    await page.getByRole("link", { name: "Details" }).click();
    await page.getByText("Now in French").waitFor();
    await page.getByText("Turn 2").waitFor();
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "a job is deleted after a question, and is gone from the list",
  async () => {
    const { page } = await stand.open(`/jobs/${stand.idOf("Rewrite the parser")}`);
    await page.getByRole("button", { name: "More for this job" }).click();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Delete the job" }).click();
    await page.getByText("Fix the rounding of amounts").waitFor();
    expect(await page.getByRole("link", { name: /Rewrite the parser/ }).count()).toBe(0);
  },
  patience,
);

test(
  "what a job changed in its repository is shown file by file, and goes on as a pull request with a credential that is stored on the way",
  async () => {
    const { page, faults } = await stand.open(`/jobs/${stand.idOf("Read amounts")}/changes`);
    await page.getByText("const separators").waitFor();
    await page.getByText("Not text.").waitFor();
    await page.getByRole("button", { name: "Store a credential" }).click();
    const dialog = page.getByRole("dialog", { name: "Store a credential" });
    await dialog.getByLabel("Name").fill("example");
    await dialog.getByLabel("Token").fill("t0ken");
    await dialog.getByLabel("For").fill("https://git.example.com");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Open a pull request" }).click();
    await page.getByRole("link", { name: "https://git.example.com/pulls/7" }).waitFor();
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "what a job without a repository edited is gathered by file from the logs, also what it edits while one looks",
  async () => {
    const { page, faults } = await stand.open(`/jobs/${stand.idOf("Fix the rounding")}/changes`);
    await page.getByRole("button", { name: /src\/amount\.ts/ }).waitFor();
    await page.getByRole("button", { name: /CHANGES\.md/ }).waitFor();
    await page.getByText("is not an amount").waitFor();
    await page.goto(`/jobs/${stand.idOf("Find why the nightly")}/changes`);
    await page.getByText("What the job edits appears here by itself.").waitFor();
    const { lines } = stand.scene.worker.jobs.find(({ job }) => job.id === stand.idOf("Find why the nightly"))!;
    const edit = (id: string, from: string, to: string) => [
      JSON.stringify(uses(id, "Edit", { file_path: "/workspace/import.ts", old_string: from, new_string: to })),
      JSON.stringify(returns(id, "The file has been updated.")),
    ];
    lines.push(...edit("e1", "slow", "fast"), ...edit("e2", "fast", "faster"));
    await page.getByRole("button", { name: /import\.ts.*2 edits/ }).waitFor();
    expect(await page.locator(".file-edit").count()).toBe(2);
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "files are uploaded by button and drop, put into a new folder, renamed, deleted and brought back, and a folder is downloaded",
  async () => {
    const title = "Fix the rounding";
    const { page, faults } = await stand.open(`/jobs/${stand.idOf(title)}/files`);
    await page
      .getByRole("button", { name: /package\.json/ })
      .first()
      .waitFor();
    await page.getByLabel("Files to upload").setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("noted") });
    await page.getByRole("button", { name: /^notes\.txt/ }).waitFor();
    await page.evaluate(`{
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["x"], "dropped.txt"));
      document.querySelector(".files").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    }`);
    await page.getByRole("button", { name: /^dropped\.txt/ }).waitFor();
    await page.getByRole("button", { name: "New folder" }).click();
    await page.getByLabel("Name").fill("kept");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /^kept/ }).waitFor();
    await page.getByRole("button", { name: "More for notes.txt" }).click();
    await page.getByRole("menuitem", { name: "Rename or move" }).click();
    await page.getByLabel("Place and name in the workspace").fill("kept/notes.md");
    await page.keyboard.press("Enter");
    await until("the file to be moved", () => filesOf(title).includes("kept/notes.md"));
    await page.getByRole("button", { name: "More for dropped.txt" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("button", { name: /^dropped\.txt/ }).waitFor({ state: "detached" });
    await picture(page, "file-undo");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: /^dropped\.txt/ }).waitFor();
    const saved = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download this folder" }).click();
    expect(await readFile(await (await saved).path(), "utf8")).toBe("PK of ");
    expect(faults).toEqual([]);
  },
  patience,
);
