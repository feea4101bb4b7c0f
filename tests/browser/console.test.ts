import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { livedIn } from "../support/scripted-jobs.ts";
import { picture, signIn, startScene } from "./console-scene.ts";
import { everyLook, isForEveryone, patience, withScene, type ShownPage } from "./with-scene.ts";

const stand = withScene();

describe("the first job", () => {
  test(
    "an owner signs in, writes a job, watches its log live, and sees the file that it wrote",
    async () => {
      const { page, faults } = await stand.open("/", { signedIn: false });
      await page.getByRole("heading", { name: "Welcome home" }).waitFor();
      await page.getByLabel("Password", { exact: true }).fill("not this one");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("npx freehold password").waitFor();
      await signIn(page);
      await page.getByText("Rehearsal model:").waitFor();
      await page.getByLabel("What should be done?").fill("Write a file hello.md that says: Hello from my home");
      await page.keyboard.press("Control+Enter");
      await page.waitForURL(/\/jobs\/[\w-]{36}$/);
      await page.getByRole("heading", { name: /Write a file hello\.md/ }).waitFor();
      await page.locator(".diff").getByText("Hello from my home").waitFor();
      await page.locator(".outcome").getByText("Done").first().waitFor();
      await page.getByText("Complete").waitFor();
      await page.locator(".badge.succeeded").waitFor();
      await picture(page, "first-job-log");
      await page.getByRole("link", { name: "Files" }).click();
      await page.getByRole("button", { name: /^hello\.md/ }).click();
      await page.getByRole("article", { name: "hello.md" }).getByText("Hello from my home").waitFor();
      const saved = page.waitForEvent("download");
      await page.getByRole("link", { name: "Download hello.md" }).click();
      expect(await readFile(await (await saved).path(), "utf8")).toBe("Hello from my home\n");
      expect(faults).toEqual([]);
    },
    patience,
  );

  test(
    "signing out ends the session in every window",
    async () => {
      const { page, context } = await stand.open("/backups", { signedIn: false });
      await signIn(page);
      await page.getByRole("heading", { name: "Backups", exact: true }).waitFor();
      const other = await context.newPage();
      await other.goto("/");
      await other.getByLabel("What should be done?").waitFor();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "Welcome home" }).waitFor();
      await other.getByRole("heading", { name: "Welcome home" }).waitFor({ timeout: 15_000 });
    },
    patience,
  );

  test(
    "a home without jobs teaches by examples, and a click writes one",
    async () => {
      const empty = await startScene({ jobs: [], provider: "anthropic" });
      try {
        const { page } = await empty.open();
        await page.goto("/");
        await page.getByRole("heading", { name: "No jobs yet" }).waitFor();
        expect(await page.getByText("Rehearsal model:").count()).toBe(0);
        await picture(page, "empty");
        await page.getByRole("button", { name: /Write a file hello\.md/ }).click();
        expect(await page.getByLabel("What should be done?").inputValue()).toBe("Write a file hello.md that says: Hello from my home");
      } finally {
        await empty.close();
      }
    },
    patience,
  );
});

test(
  "a backup is made now, and the last error is shown with its cure",
  async () => {
    const troubled = await startScene({
      lastError: {
        code: "bucket.away",
        message: "The bucket gs:freehold-dev-backups can't be asked (ECONNREFUSED). Start it: `npm start`.",
        at: new Date().toISOString(),
      },
    });
    try {
      const { page } = await troubled.open();
      await page.goto("/backups");
      await page.getByText("The bucket gs:freehold-dev-backups can't be asked").waitFor();
      await picture(page, "backups-error");
      await page.getByRole("button", { name: "Back up now" }).click();
      await page.getByText("Backed up").waitFor();
      await page.getByText("a11ce5b0b5ca").waitFor();
    } finally {
      await troubled.close();
    }
  },
  patience,
);

test(
  "while the console can't be reached the page says so, keeps what it shows, and goes on by itself",
  async () => {
    const { page, context } = await stand.open("/");
    await page.getByText("Fix the rounding of amounts").waitFor();
    await context.setOffline(true);
    await page.getByText("You are offline.").waitFor();
    await page.getByText("Fix the rounding of amounts").waitFor();
    await picture(page, "offline");
    await context.setOffline(false);
    await page.getByText("You are offline.").waitFor({ state: "detached" });
  },
  patience,
);

test(
  "a chosen theme holds over a reload",
  async () => {
    const { page } = await stand.open("/", { theme: "light" });
    const background = () => page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
    const light = await background();
    await page.getByRole("button", { name: /^Theme/ }).click();
    await page.getByRole("button", { name: /^Theme/ }).click();
    expect(await background()).not.toBe(light);
    await page.reload();
    expect(await background()).not.toBe(light);
  },
  patience,
);

describe("everyone can use it", () => {
  let livelyId = "";
  beforeAll(() => {
    const [lively] = livedIn();
    stand.scene.worker.jobs.unshift(lively!);
    livelyId = lively!.job.id;
  });

  const rounding = (more: string) => () => `/jobs/${stand.idOf("Fix the rounding")}${more}`;
  const pages: readonly ShownPage[] = [
    { name: "sign-in", address: () => "/", ready: ".sign-in-card", signedIn: false },
    { name: "invitation-unknown", address: () => "/invitation#unknown", ready: "text=This link does not open the door", signedIn: false },
    { name: "jobs", address: () => "/", ready: "[data-job]" },
    { name: "log", address: rounding(""), ready: ".outcome .markdown p" },
    { name: "log-live", address: () => `/jobs/${livelyId}`, ready: ".stream.live" },
    {
      name: "log-raw",
      address: rounding("?raw"),
      ready: ".outcome .markdown p",
      act: (page) => page.getByRole("button", { name: "Raw log" }).click(),
    },
    { name: "files", address: rounding("/files?file=README.md"), ready: ".preview h1" },
    { name: "file-text", address: rounding("/files?path=src&file=amount.ts"), ready: ".preview .raw-line" },
    { name: "details", address: () => `/jobs/${stand.idOf("Collect the prices")}/details`, ready: ".details table" },
    { name: "failed", address: () => `/jobs/${stand.idOf("Port the old")}`, ready: ".job-fault" },
    { name: "backups", address: () => "/backups", ready: "table" },
    { name: "home", address: () => "/home", ready: ".services" },
  ];
  isForEveryone(stand, pages, everyLook);
});
