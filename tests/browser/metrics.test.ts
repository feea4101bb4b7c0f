import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { startScriptedMetrics } from "../support/scripted-metrics.ts";
import type { Service } from "../support/scripted-services.ts";
import { violationsOf, widthOf } from "./accessible.ts";
import { desktop, phone, picture, startScene, type Scene } from "./console-scene.ts";

const patience = 120_000;
let scene: Scene;
let store: Service;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  store = await startScriptedMetrics();
  scene = await startScene({ metricsUrl: store.url });
}, patience);
afterEach(async () => {
  for (const context of opened.splice(0)) await context.close();
});
afterAll(async () => {
  await scene.close();
  await store.close();
}, patience);

async function open(path: string, how?: Parameters<Scene["open"]>[0]) {
  const window = await scene.open(how);
  opened.push(window.context);
  await window.page.goto(path);
  return window;
}

test(
  "Metrics shows charts with their numbers as tables, over a time that one chooses, and what fires",
  async () => {
    const { page, faults } = await open("/metrics-of-home", { viewport: desktop });
    await page.getByRole("heading", { name: "Jobs that wait" }).waitFor();
    expect(await page.getByRole("img", { name: /The table below has the numbers/ }).count()).toBe(8);
    await page.getByText("The service bridge does not answer").waitFor();
    await page.getByText("Numbers of Jobs that wait").click();
    await page.getByRole("region", { name: "Numbers of Jobs that wait" }).getByRole("row").nth(5).waitFor();
    await page.getByLabel("Show the").selectOption({ label: "last week" });
    await picture(page, "metrics");
    expect(await violationsOf(page)).toEqual([]);
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "on a dark phone it fits, and Home tells of alerts first",
  async () => {
    const { page, faults } = await open("/metrics-of-home", { viewport: phone, theme: "dark" });
    await page.getByRole("heading", { name: "Jobs that wait" }).waitFor();
    await picture(page, "metrics-phone-dark");
    expect(await violationsOf(page)).toEqual([]);
    expect(await widthOf(page)).toBeLessThanOrEqual(phone.width);
    await page.goto("/home");
    await page.getByText("The service bridge does not answer").waitFor();
    await picture(page, "home-alert");
    expect(await violationsOf(page)).toEqual([]);
    expect(faults).toEqual([]);
  },
  patience,
);
