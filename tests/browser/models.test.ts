import { describe, expect, test } from "@jest/globals";
import { until } from "../support/until.ts";
import { picture } from "./console-scene.ts";
import { everyLook, isForEveryone, patience, withScene, type ShownPage } from "./with-scene.ts";

const stand = withScene({ provider: "anthropic" });
const fresh = withScene({ jobs: [], isFresh: true });

test(
  "a provider that rests says why and since when, and is asked again at once when its owner wishes so",
  async () => {
    const { page } = await stand.open("/models");
    const bridge = page.getByRole("listitem").filter({ hasText: "Gemini, by the bridge" });
    await bridge.getByText("rests after failures").waitFor();
    await bridge.getByText("claude-opus-5-5 with key 1").waitFor();
    await picture(page, "models-providers-resting");
    await bridge.getByRole("button", { name: "Ask again now" }).click();
    await bridge.getByText("stands by").waitFor();
    expect(stand.scene.gateway.resets).toEqual(["bridge"]);
    stand.scene.gateway.resets.splice(0);
  },
  patience,
);

test(
  "the keyboard leads through the tabs, and requests open to their details, page by page",
  async () => {
    const { page } = await stand.open("/models");
    await page.getByRole("navigation", { name: "Models" }).waitFor();
    await page.keyboard.press("4");
    await page.waitForURL(/\/models\/requests$/);
    await page.locator(".request").first().waitFor();
    expect(await page.locator(".request").count()).toBe(50);
    await page.getByRole("button", { name: "Show older requests" }).click();
    await until("all to be shown", async () => (await page.locator(".request").count()) === 64);
    await page.locator(".request summary").first().focus();
    await page.keyboard.press("Enter");
    await page.getByText("First byte").first().waitFor();
    await picture(page, "models-request-open");
    await page.getByRole("button", { name: "Failed" }).click();
    await until("failures alone to be shown", async () => {
      const icons = await page.locator(".request .state-icon").evaluateAll((all) => all.map((icon) => (icon as unknown as { title: string }).title));
      return icons.length > 0 && icons.every((title) => title === "Failed");
    });
  },
  patience,
);

test(
  "cost is drawn by day and told as a table, by model, key and job; the rehearsal is free",
  async () => {
    const { page } = await stand.open("/models/cost");
    await page.getByRole("img", { name: /^By day, .* the most on/ }).waitFor();
    expect(await page.locator(".day-chart .bar").count()).toBe(30);
    await page.getByText("were answered by the rehearsal model, which costs nothing").waitFor();
    await page.getByText("As a table").click();
    expect(await page.getByRole("region", { name: "By day" }).getByRole("row").count()).toBeGreaterThan(10);
    const models = page.getByRole("region", { name: "By model" });
    await models.getByText("rehearsal").waitFor();
    expect(await models.getByRole("row").filter({ hasText: "rehearsal" }).getByText("free").count()).toBe(1);
    await models.getByText("no known price").waitFor();
    await page.getByRole("button", { name: "By key" }).click();
    await page.getByRole("region", { name: "By key" }).getByText("Laptop").waitFor();
    await page.getByRole("button", { name: "By job" }).click();
    await page.getByRole("link", { name: "5f2c7c1e-8a55" }).waitFor();
    await page.getByRole("button", { name: "90 days" }).click();
    await until("90 bars", async () => (await page.locator(".day-chart .bar").count()) === 90);
  },
  patience,
);

test(
  "a home in which nothing was asked teaches what each page is for",
  async () => {
    const { page } = await fresh.open("/models");
    await page.getByText("How to get a real model").waitFor();
    await picture(page, "models-fresh-providers");
    for (const [tab, title] of [
      ["keys", "No keys of yours yet"],
      ["cost", "Nothing was asked in this time"],
      ["requests", "No requests yet"],
    ]) {
      await page.goto(`/models/${tab}`);
      await page.getByRole("heading", { name: title! }).waitFor();
      await picture(page, `models-fresh-${tab}`);
    }
    await page.goto("/models/nowhere");
    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  },
  patience,
);

test(
  "the first load of the console does not carry the pages of Models",
  async () => {
    const { page } = await stand.open("/");
    await page.getByLabel("What should be done?").waitFor();
    const before = await page.evaluate<string[]>("performance.getEntriesByType('resource').map((entry) => entry.name)");
    const sizes = await page.evaluate<number>(
      "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)",
    );
    process.stdout.write(`First load: ${Math.round(sizes / 1_000)} KB of scripts and styles, compressed\n`);
    expect(sizes).toBeLessThan(200_000);
    expect(before.some((name) => name.includes("models-page"))).toBe(false);
    await page.getByRole("link", { name: "Models" }).click();
    await page.getByRole("navigation", { name: "Models" }).waitFor();
  },
  patience,
);

test(
  "a page whose parts are gone, since the console was renewed meanwhile, says so and comes with a new load",
  async () => {
    const { page } = await stand.open("/backups");
    await page.getByRole("heading", { name: "Backups", exact: true }).waitFor();
    await page.route("**/assets/models-page-*.js", (route) => route.fulfill({ status: 404, body: "" }));
    await page.getByRole("link", { name: "Models" }).click();
    await page.getByRole("alert").getByText("This page can't be loaded").waitFor();
    await page.unroute("**/assets/models-page-*.js");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".provider-list").waitFor();
  },
  patience,
);

describe("everyone can use it", () => {
  const pages: readonly ShownPage[] = [
    { name: "models-providers", address: () => "/models", ready: ".provider-list" },
    { name: "models-keys", address: () => "/models/keys", ready: ".key-spent" },
    { name: "models-cost", address: () => "/models/cost", ready: ".cost-groups table" },
    { name: "models-requests", address: () => "/models/requests", ready: ".request" },
    { name: "models-try", address: () => "/models/try", ready: ".examples" },
  ];
  isForEveryone(stand, pages, everyLook);
});
