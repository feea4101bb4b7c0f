import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { until } from "../support/until.ts";
import { picture } from "./console-scene.ts";
import { isForEveryone, patience, withScene } from "./with-scene.ts";

const stand = withScene();
const newest = () => stand.scene.worker.jobs[0]!.job;

isForEveryone(stand, [
  {
    name: "new-job-options",
    address: () => "/",
    ready: ".composer",
    act: async (page) => {
      await page.getByRole("button", { name: "More options" }).click();
      await page.getByLabel("Address to clone").fill("https://git.example.com/a.git");
      await page.getByLabel("What it may do").selectOption("ask");
    },
  },
  {
    name: "new-job-template",
    address: () => "/?template=brand-draft",
    ready: ".template-inputs textarea",
    act: async (page) =>
      page.getByLabel("Files for the job").setInputFiles({ name: "brand.pdf", mimeType: "application/pdf", buffer: Buffer.from("x".repeat(5_000)) }),
  },
  { name: "templates", address: () => "/templates", ready: ".template-item" },
  { name: "notices", address: () => "/notices", ready: ".delivery" },
]);

test(
  "a job is told how to run, with files; all of it survives a reload, and is sent once",
  async () => {
    const { page, faults } = await stand.open("/");
    await page.getByLabel("What should be done?").fill("Sort the receipts");
    await page.getByLabel("Files for the job").setInputFiles([
      { name: "receipts.csv", mimeType: "text/csv", buffer: Buffer.from("a,b") },
      { name: "receipts.csv", mimeType: "text/csv", buffer: Buffer.from("c,d") },
    ]);
    await page.getByLabel("Place of receipts-2.csv").fill("old/receipts.csv");
    await page.getByRole("button", { name: "read-only" }).first().click();
    await page.getByRole("button", { name: "More options" }).click();
    await page.getByLabel("Budget in $").fill("1.5");
    await page.getByLabel("Minutes for each attempt").fill("30");
    await page.getByLabel("Priority").selectOption("Before the others");
    await page.getByLabel("What it may do").selectOption("Ask me first");
    await page.getByRole("textbox", { name: "Allowed tools" }).fill("Read, Bash(ls:*)");
    await page.reload();
    await page.getByRole("button", { name: "More options: 5 chosen" }).click();
    expect(await page.getByLabel("Budget in $").inputValue()).toBe("1.5");
    await page.getByLabel("Budget in $").focus();
    await page.keyboard.press("Control+Enter");
    await page.waitForURL(/\/jobs\//);
    const [first, second] = stand.scene.worker.uploads.slice(-2);
    expect(newest()).toMatchObject({
      prompt: "Sort the receipts",
      budgetUsd: 1.5,
      timeoutMs: 1_800_000,
      priority: 10,
      permissionMode: "ask",
      allowedTools: ["Read", "Bash(ls:*)"],
      data: [{ path: "receipts.csv", uploadId: first!.id }],
      files: [{ path: "old/receipts.csv", uploadId: second!.id }],
    });
    await page.goto("/");
    expect(await page.getByLabel("What should be done?").inputValue()).toBe("");
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "a template asks for what it needs, and runs when it has it",
  async () => {
    const { page, faults } = await stand.open("/");
    await page.getByRole("button", { name: "Templates" }).click();
    await page.getByRole("button", { name: /Draft from brand and brief/ }).click();
    const run = page.getByRole("button", { name: "Run", exact: true });
    expect(await run.isDisabled()).toBe(true);
    await page.getByLabel("What is wanted").selectOption("newsletter");
    await page.getByLabel("Brief", { exact: true }).fill("The new shop opens in May.");
    await page.getByLabel("Brand book (may be empty)").setInputFiles({ name: "brand.txt", mimeType: "text/plain", buffer: Buffer.from("voice") });
    await page.getByText("brand.txt", { exact: true }).waitFor();
    await run.click();
    await page.waitForURL(/\/jobs\//);
    expect(newest()["template"]).toBe("brand-draft");
    expect(String(newest()["prompt"])).toContain("newsletter");
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "a template is written: its blanks become fields, and what it has beside the form stays when it is changed",
  async () => {
    const { page, faults } = await stand.open("/templates");
    await page.getByRole("button", { name: "New template" }).click();
    const form = page.getByRole("dialog", { name: "New template" });
    await form.getByLabel("Title").fill("Release notes");
    await form.getByRole("textbox", { name: /^Prompt/ }).fill("Write the notes of {{version}} for {{readers}}.");
    await form.getByLabel("Takes").nth(1).selectOption("one of");
    await form.getByLabel("Choices, one a line").fill("users\ndevelopers");
    await picture(page, "template-form");
    await page.keyboard.press("Control+Enter");
    await page.getByText("release-notes", { exact: true }).waitFor();
    const made = () => stand.scene.worker.templates.find(({ name }) => name === "release-notes");
    expect(made()).toMatchObject({
      inputs: [
        { name: "version", label: "Version", kind: "text", required: true },
        { name: "readers", kind: "choice", choices: ["users", "developers"] },
      ],
    });
    made()!["files"] = [{ path: "style.md", text: "Short." }];
    await page.reload();
    await page.getByRole("button", { name: "More for Release notes" }).click();
    await page.getByRole("menuitem", { name: "Change" }).click();
    await page.getByLabel("What it is for").fill("Each Friday");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Each Friday").waitFor();
    expect(made()).toMatchObject({ description: "Each Friday", files: [{ path: "style.md", text: "Short." }] });
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "a channel is made, tested, changed without its secret, turned off and deleted; what was given up is sent again",
  async () => {
    const { worker } = stand.scene;
    const { page, faults } = await stand.open("/notices");
    await page.getByRole("button", { name: "New channel" }).click();
    await page.getByLabel("Name").fill("Tablet");
    await page.getByLabel("Address").fill("https://no.invalid/topic-7f3k9");
    await picture(page, "channel-form");
    await page.getByRole("button", { name: "Make the channel" }).click();
    const item = page.locator(".channel").filter({ hasText: "Tablet" });
    await item.getByRole("button", { name: "Test" }).click();
    await page.getByText("No such host").first().waitFor();
    await page.getByRole("button", { name: "More for Tablet" }).click();
    await page.getByRole("menuitem", { name: "Turn off" }).click();
    await item.getByText("off", { exact: true }).waitFor();
    await page.getByRole("button", { name: "More for Tablet" }).click();
    await page.getByRole("menuitem", { name: "Change" }).click();
    await page.getByRole("checkbox", { name: "A job is done" }).check();
    await page.getByRole("button", { name: "Save" }).click();
    await until("the channel to be changed", () => String(worker.channels.at(-1)?.["events"]).includes("job.succeeded"));
    await page.locator(".delivery").filter({ hasText: "503" }).getByRole("button", { name: "Send again" }).click();
    await until("it to be on its way", async () => (await page.locator(".delivery").filter({ hasText: "503" }).count()) === 0);
    await page.getByRole("button", { name: "More for Tablet" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete the channel" }).click();
    await item.waitFor({ state: "detached" });
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "the first load is at most 200 KB, compressed as browsers ask for it",
  async () => {
    const { origin } = stand.scene;
    const bytesOf = async (path: string) => (await fetch(origin + path, { headers: { "accept-encoding": "identity", accept: "*/*" } })).arrayBuffer();
    const page = Buffer.from(await (await fetch(origin, { headers: { accept: "text/html" } })).arrayBuffer()).toString();
    const parts = [...page.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path!);
    const sizes = await Promise.all(parts.map(async (path) => gzipSync(Buffer.from(await bytesOf(path)), { level: 9 }).length));
    const total = sizes.reduce((sum, size) => sum + size, gzipSync(page).length);
    process.stdout.write(
      `first load: ${(total / 1000).toFixed(1)} KB gzip in ${parts.length + 1} files: ${parts.map((part, index) => `${part} ${sizes[index]}`).join(", ")}\n`,
    );
    expect(parts.some((path) => path.endsWith(".js"))).toBe(true);
    expect(total).toBeLessThan(200_000);
  },
  patience,
);
