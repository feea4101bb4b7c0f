import { describe, expect, test } from "@jest/globals";
import { newJob } from "../support/scripted-job.ts";
import { until } from "../support/until.ts";
import { picture } from "./console-scene.ts";
import { patience, withScene } from "./with-scene.ts";

const stand = withScene();

describe("jobs", () => {
  test(
    "the keyboard does it all: n writes, / searches, j and k walk, Enter opens, ? helps",
    async () => {
      const { page } = await stand.open("/backups");
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
      const { page } = await stand.open("/?state=failed");
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
      const address = `/jobs/${stand.idOf("Find why the nightly import")}`;
      const { page } = await stand.open(address);
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
      const { page } = await stand.open("/");
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
      const { page } = await stand.open("/jobs/nope");
      await page.getByRole("heading", { name: "There is no such job" }).waitFor();
    },
    patience,
  );
});

describe("files", () => {
  test(
    "folders open, text has numbers, markdown is set and harmless, pictures are shown, the rest is a download",
    async () => {
      const { page, faults } = await stand.open(`/jobs/${stand.idOf("Fix the rounding")}/files`);
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
      const { page } = await stand.open("/");
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
      stand.scene.worker.jobs.push(evil);
      const before = stand.scene.worker.jobs.length;
      for (const name of ["evil.html", "evil.svg"]) {
        const asked: string[] = [];
        page.on("request", (request) => asked.push(request.method()));
        await page.goto(`/api/jobs/${evil.job.id}/files/content?path=${name}`);
        expect(asked).not.toContain("POST");
      }
      expect(await page.evaluate<number>("document.querySelectorAll('script').length")).toBeLessThanOrEqual(1);
      expect(stand.scene.worker.jobs).toHaveLength(before);
    },
    patience,
  );
});
