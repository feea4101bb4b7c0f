import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { chromium, type Browser, type Page } from "playwright-core";
import { ownerPassword } from "../support/console.ts";
import { startTenantHome, type TenantHome } from "../support/tenant-home.ts";
import { violationsOf, widthOf } from "./accessible.ts";
import { desktop, executablePath, phone, quiet, uiFolder } from "./console-scene.ts";

let home: TenantHome;
let browser: Browser;
beforeAll(async () => {
  if (!existsSync(executablePath)) throw new Error(`There is no browser at ${executablePath}. Install one (apt-get install chromium), or name it in CHROMIUM.`);
  home = await startTenantHome({ ids: ["u1", "u2"], uiFolder: await uiFolder() });
  browser = await chromium.launch({ executablePath, args: quiet });
}, 240_000);
afterAll(async () => {
  await browser.close();
  await home.close();
});

const shots = process.env["SCREENSHOTS"];
async function shoot(page: Page, name: string): Promise<void> {
  if (shots === undefined) return;
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

async function arrive(how: { viewport?: typeof desktop; theme?: "light" | "dark"; script?: boolean } = {}) {
  const { viewport = desktop, theme = "light", script = true } = how;
  const context = await browser.newContext({ viewport, colorScheme: theme, ignoreHTTPSErrors: true, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${home.originOf("u1.localhost")}/chat?a=1`);
  await page.getByRole("textbox", { name: "Password" }).fill(ownerPassword);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${home.originOf("u1.localhost")}/chat?a=1`);
  if (script) return { page, context };
  // The console's pages need scripts, a tenant's door doesn't: the same cookies in a browser without any.
  const plain = await browser.newContext({ viewport, colorScheme: theme, ignoreHTTPSErrors: true, javaScriptEnabled: false });
  await plain.addCookies(await context.cookies());
  await context.close();
  return { page: await plain.newPage(), context: plain };
}

const looks = [
  ["desktop", desktop, "light"],
  ["desktop", desktop, "dark"],
  ["phone", phone, "light"],
] as const;

test.each(looks)(
  "on a %s a person signs in on the way to a sleeping tenant, sees what they wait for, and ends up where they wanted to go",
  async (device, viewport, theme) => {
    home.manager.add({ id: "u1", state: "asleep", onWake: () => undefined });
    const { page, context } = await arrive({ viewport, theme });
    await page.getByRole("heading", { name: "Waking up" }).waitFor();
    await shoot(page, `waking-${device}-${theme}`);
    expect(await violationsOf(page)).toEqual([]);
    expect(await widthOf(page)).toBeLessThanOrEqual(viewport.width);
    home.manager.turn("u1", "waiting");
    await page.getByRole("heading", { name: "Waiting for memory" }).waitFor();
    await shoot(page, `waiting-${device}-${theme}`);
    expect(await violationsOf(page)).toEqual([]);
    home.manager.turn("u1", "awake");
    await page.getByRole("heading", { name: "Tenant u1" }).waitFor();
    expect(page.url()).toBe(`${home.originOf("u1.localhost")}/chat?a=1`);
    expect(await page.evaluate<string>("document.cookie")).toBe("");
    await context.close();
  },
  60_000,
);

test("a tenant that somebody stopped says so, with the way to the console", async () => {
  home.manager.add({ id: "u1", state: "stopped" });
  const { page, context } = await arrive();
  await page.getByRole("heading", { name: "Stopped" }).waitFor();
  await shoot(page, "stopped");
  expect(await violationsOf(page)).toEqual([]);
  expect(await page.getByRole("link").getAttribute("href")).toBe(`${home.consoleOrigin}/tenants/u1`);
  await context.close();
}, 60_000);

test("without scripts the waiting page comes back by itself until the tenant is up", async () => {
  home.manager.add({ id: "u1", state: "asleep", onWake: () => undefined });
  const { page, context } = await arrive({ script: false });
  await page.goto(`${home.originOf("u1.localhost")}/chat`);
  await page.getByRole("heading", { name: "Waking up" }).waitFor();
  home.manager.turn("u1", "awake");
  await page.getByRole("heading", { name: "Tenant u1" }).waitFor();
  await context.close();
}, 60_000);

test("a hostile tenant's page reaches neither its sibling nor the console with the visitor's cookies", async () => {
  home.manager.add({ id: "u1" });
  home.manager.add({ id: "u2" });
  const { page, context } = await arrive();
  await page.goto(`${home.originOf("u2.localhost")}/`);
  await page.getByRole("heading", { name: "Tenant u2" }).waitFor();
  const before = home.servers["u1"]!.seen.length;
  const tries = await page.evaluate(
    async ([sibling, console]) => {
      const tried = async (url: string, how: RequestInit) =>
        fetch(url, { credentials: "include", ...how }).then(
          (answer) => (answer.type === "opaque" ? "opaque" : String(answer.status)),
          () => "failed",
        );
      const socket = new Promise<string>((resolve) => {
        const opened = new WebSocket(`${sibling!.replace("https", "wss")}/ws`);
        opened.addEventListener("open", () => resolve("open"));
        opened.addEventListener("error", () => resolve("failed"));
      });
      return [
        await tried(`${sibling}/x`, {}),
        await tried(`${sibling}/x`, { mode: "no-cors" }),
        await tried(`${sibling}/x`, { method: "POST", mode: "no-cors", body: "x" }),
        await tried(`${console}/api/session`, {}),
        await tried(`${console}/api/tenant-door/tickets`, { method: "POST", mode: "no-cors", body: "{}" }),
        await socket,
      ];
    },
    [home.originOf("u1.localhost"), home.consoleOrigin],
  );
  expect(tries).not.toContain("200");
  expect(tries.at(-1)).toBe("failed");
  expect(home.servers["u1"]!.seen.slice(before)).toEqual([]);
  await context.close();
}, 60_000);
