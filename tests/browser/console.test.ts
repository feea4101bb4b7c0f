import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { livedIn } from "../support/scripted-jobs.ts";
import { newJob } from "../support/scripted-job.ts";
import { until } from "../support/until.ts";
import { violationsOf, widthOf } from "./accessible.ts";
import { desktop, phone, picture, removeUi, signIn, startScene, type Scene } from "./console-scene.ts";

const patience = 120_000;
let scene: Scene;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  scene = await startScene();
}, patience);
afterEach(async () => {
  for (const context of opened.splice(0)) await context.close();
});
afterAll(async () => {
  await scene.close();
  await removeUi();
}, patience);

async function open(how?: Parameters<Scene["open"]>[0]) {
  const window = await scene.open(how);
  opened.push(window.context);
  return window;
}

const idOf = (title: string) => scene.worker.jobs.find(({ job }) => String(job["title"]).startsWith(title))!.job.id;

describe("the first job", () => {
  test(
    "an owner signs in, writes a job, watches its log live, and sees the file that it wrote",
    async () => {
      const { page, faults } = await open({ signedIn: false });
      await page.goto("/");
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
      const { page, context } = await open({ signedIn: false });
      await page.goto("/backups");
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
        const { page, context } = await empty.open();
        opened.push(context);
        await page.goto("/");
        await page.getByRole("heading", { name: "No jobs yet" }).waitFor();
        expect(await page.getByText("Rehearsal model:").count()).toBe(0);
        await picture(page, "empty");
        await page.getByRole("button", { name: /Write a file hello\.md/ }).click();
        expect(await page.getByLabel("What should be done?").inputValue()).toBe("Write a file hello.md that says: Hello from my home");
      } finally {
        for (const context of opened.splice(0)) await context.close();
        await empty.close();
      }
    },
    patience,
  );
});

describe("jobs", () => {
  test(
    "the keyboard does it all: n writes, / searches, j and k walk, Enter opens, ? helps",
    async () => {
      const { page } = await open();
      await page.goto("/backups");
      await page.getByRole("heading", { name: "Backups", exact: true }).waitFor();
      await page.keyboard.press("n");
      await until("the composer to have the focus", async () => (await page.evaluate("document.activeElement?.id")) === "prompt");
      await page.keyboard.press("Escape");
      await page.locator("[data-job]").first().waitFor();
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("k");
      const first = await page.locator("[data-job]").first().getAttribute("data-job");
      expect(await page.evaluate("document.activeElement?.dataset.job")).toBe(first);
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
      await picture(page, "help");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("/");
      await page.keyboard.type("rounding");
      await until("one job to be shown", async () => (await page.locator("[data-job]").count()) === 1);
      await page.keyboard.press("Escape");
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: /rounding of amounts/ }).waitFor();
      await page.keyboard.press("3");
      await page.getByRole("button", { name: /^package\.json/ }).waitFor();
    },
    patience,
  );

  test(
    "jobs are shown by state, and the address keeps the choice",
    async () => {
      const { page } = await open();
      await page.goto("/?state=failed");
      await page.getByText("Port the old shop's theme").waitFor();
      expect(await page.locator("[data-job]").count()).toBe(1);
      await page.getByRole("button", { name: "All" }).click();
      await page.getByText("Fix the rounding of amounts").waitFor();
    },
    patience,
  );

  test(
    "a running job is cancelled after a question, and tried again as the job that it is",
    async () => {
      const { page } = await open();
      const address = `/jobs/${idOf("Find why the nightly import")}`;
      await page.goto(address);
      await page.getByText("Live", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
      await picture(page, "cancel-question");
      await page.getByRole("button", { name: "Cancel the job" }).click();
      await page.locator(".badge.cancelled").waitFor();
      await page.getByRole("button", { name: "Retry" }).click();
      await page.locator(".badge.succeeded").waitFor();
      expect(new URL(page.url()).pathname).toBe(address);
    },
    patience,
  );

  test(
    "what is being written survives a reload, and a refusal is shown with its cure",
    async () => {
      const { page } = await open();
      await page.goto("/");
      await page.getByLabel("What should be done?").fill("Half a thought");
      await page.reload();
      expect(await page.getByLabel("What should be done?").inputValue()).toBe("Half a thought");
      await page.route("**/api/jobs", (route) =>
        route.request().method() === "POST"
          ? route.fulfill({
              status: 400,
              contentType: "application/problem+json",
              body: JSON.stringify({ code: "job.bad", detail: "The model `gpt` isn't known; use `opus`." }),
            })
          : route.continue(),
      );
      await page.getByRole("button", { name: "Run", exact: true }).click();
      await page.locator("#composer-problem").getByText("isn't known").waitFor();
      expect(await page.getByLabel("What should be done?").inputValue()).toBe("Half a thought");
    },
    patience,
  );

  test(
    "an unknown job is said to be unknown",
    async () => {
      const { page } = await open();
      await page.goto("/jobs/nope");
      await page.getByRole("heading", { name: "There is no such job" }).waitFor();
    },
    patience,
  );
});

describe("files", () => {
  test(
    "folders open, text has numbers, markdown is set and harmless, pictures are shown, the rest is a download",
    async () => {
      const { page, faults } = await open();
      await page.goto(`/jobs/${idOf("Fix the rounding")}/files`);
      await page.getByRole("button", { name: /^README\.md/ }).click();
      const readme = page.getByRole("article", { name: "README.md" });
      await readme.getByRole("heading", { name: "Invoices" }).waitFor();
      await until("the picture in the text to be loaded", () =>
        readme.getByAltText("A chart").evaluate((image: unknown) => (image as { naturalWidth: number }).naturalWidth > 0),
      );
      expect(await page.title()).not.toContain("owned");
      expect(await readme.locator("script, [onerror]").count()).toBe(0);
      await picture(page, "files-markdown");
      await page.getByRole("button", { name: "Source" }).click();
      await readme.getByText("<script>document.title").waitFor();
      await page.getByRole("button", { name: /^src/ }).click();
      await page.getByRole("button", { name: /^amount\.ts/ }).click();
      await page.getByText("export function parseAmount").waitFor();
      await page.getByRole("button", { name: "workspace" }).click();
      await page.getByRole("button", { name: /^docs/ }).click();
      await page.getByRole("button", { name: /^chart\.svg/ }).click();
      await until("the picture to be loaded", () =>
        page.locator(".preview-image img").evaluate((image: unknown) => (image as { naturalWidth: number }).naturalWidth > 0),
      );
      await page.getByRole("button", { name: "workspace" }).click();
      await page.getByRole("button", { name: /^dist/ }).click();
      await page.getByRole("button", { name: /^bundle\.tar\.gz/ }).click();
      await page.getByText("This kind of file has no preview.").waitFor();
      expect(faults).toEqual([]);
    },
    patience,
  );

  test(
    "a page that a job wrote can't act in the console's name, even when it is opened by itself",
    async () => {
      const { page } = await open();
      const evil = newJob({ title: "Evil", prompt: "x", state: "succeeded" });
      evil.files.set("evil.html", {
        content: "<script>fetch('/api/jobs',{method:'POST'})</script>owned",
        type: "text/html",
        modifiedAt: new Date().toISOString(),
      });
      evil.files.set("evil.svg", {
        content: '<svg xmlns="http://www.w3.org/2000/svg"><script>parent.fetch("/api/jobs",{method:"POST"})</script></svg>',
        type: "image/svg+xml",
        modifiedAt: new Date().toISOString(),
      });
      scene.worker.jobs.push(evil);
      const before = scene.worker.jobs.length;
      for (const name of ["evil.html", "evil.svg"]) {
        const asked: string[] = [];
        page.on("request", (request) => asked.push(request.method()));
        await page.goto(`/api/jobs/${evil.job.id}/files/content?path=${name}`);
        expect(asked).not.toContain("POST");
      }
      expect(await page.evaluate<number>("document.querySelectorAll('script').length")).toBeLessThanOrEqual(1);
      expect(scene.worker.jobs).toHaveLength(before);
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
      const { page, context } = await troubled.open();
      opened.push(context);
      await page.goto("/backups");
      await page.getByText("The bucket gs:freehold-dev-backups can't be asked").waitFor();
      await picture(page, "backups-error");
      await page.getByRole("button", { name: "Back up now" }).click();
      await page.getByText("Backed up").waitFor();
      await page.getByText("a11ce5b0b5ca").waitFor();
    } finally {
      for (const context of opened.splice(0)) await context.close();
      await troubled.close();
    }
  },
  patience,
);

test(
  "while the console can't be reached the page says so, keeps what it shows, and goes on by itself",
  async () => {
    const { page, context } = await open();
    await page.goto("/");
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
    const { page } = await open({ theme: "light" });
    await page.goto("/");
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
  const pages: Record<string, { address: () => string; ready: string; signedIn?: boolean }> = {
    "sign-in": { address: () => "/", ready: ".sign-in-card", signedIn: false },
    jobs: { address: () => "/", ready: "[data-job]" },
    log: { address: () => `/jobs/${idOf("Fix the rounding")}`, ready: ".outcome .markdown p" },
    "log-live": { address: () => `/jobs/${livelyId}`, ready: ".stream.live" },
    "log-raw": { address: () => `/jobs/${idOf("Fix the rounding")}?raw`, ready: ".outcome .markdown p" },
    files: { address: () => `/jobs/${idOf("Fix the rounding")}/files?file=README.md`, ready: ".preview h1" },
    "file-text": { address: () => `/jobs/${idOf("Fix the rounding")}/files?path=src&file=amount.ts`, ready: ".preview .raw-line" },
    details: { address: () => `/jobs/${idOf("Collect the prices")}/details`, ready: ".details table" },
    failed: { address: () => `/jobs/${idOf("Port the old")}`, ready: ".job-fault" },
    backups: { address: () => "/backups", ready: "table" },
    home: { address: () => "/home", ready: ".services" },
  };
  let livelyId = "";
  beforeAll(() => {
    const [lively] = livedIn();
    scene.worker.jobs.unshift(lively!);
    livelyId = lively!.job.id;
  });

  const cases = Object.keys(pages).flatMap((name) =>
    (["light", "dark"] as const).flatMap((theme) => (["desktop", "phone"] as const).map((width) => [name, theme, width] as const)),
  );
  test.each(cases)(
    "%s, %s, on a %s: axe finds nothing serious, and nothing is wider than the window",
    async (name, theme, width) => {
      const { address, ready, signedIn = true } = pages[name]!;
      const { page, faults } = await open({ theme, viewport: width === "desktop" ? desktop : phone, signedIn });
      await page.goto(address());
      await page.locator(ready).first().waitFor();
      if (name === "log-raw") await page.getByRole("button", { name: "Raw log" }).click();
      await page.evaluate("document.fonts.ready.then(() => true)");
      await picture(page, `${name}-${width}-${theme}`);
      expect(await widthOf(page)).toBeLessThanOrEqual(width === "desktop" ? desktop.width : phone.width);
      expect(await violationsOf(page)).toEqual([]);
      expect(faults).toEqual([]);
    },
    patience,
  );
});
