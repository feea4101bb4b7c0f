import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { violationsOf, widthOf } from "./accessible.ts";
import { desktop, phone, picture, startScene, type Scene } from "./console-scene.ts";

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
}, patience);

async function open(how?: Parameters<Scene["open"]>[0]) {
  const window = await scene.open(how);
  opened.push(window.context);
  await window.page.goto("/api-reference");
  await window.page.getByRole("heading", { name: "API", exact: true }).waitFor();
  return window;
}

test(
  "a route is tried from its description, as oneself, under the console's own policy",
  async () => {
    const { page, faults } = await open({ viewport: desktop });
    const route = page.locator("#operations-Home-readHome");
    await route.getByRole("button").first().click();
    await route.getByRole("button", { name: "Execute" }).click();
    await route.locator(".live-responses-table .response").getByText("200").first().waitFor();
    await route.locator(".live-responses-table").getByText("publicOrigin").first().waitFor();
    await picture(page, "api-tried");
    expect(await violationsOf(page)).toEqual([]);
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "the document fits a phone, and is as readable when it is dark",
  async () => {
    const { page, faults } = await open({ viewport: phone });
    await page.evaluate(`document.documentElement.dataset.theme = "dark"`);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.locator("#operations-Home-readHome").waitFor();
    await picture(page, "api-phone-dark");
    expect(await violationsOf(page)).toEqual([]);
    expect(await widthOf(page)).toBeLessThanOrEqual(phone.width);
    expect(faults).toEqual([]);
  },
  patience,
);
