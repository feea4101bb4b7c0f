import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { chromium, type Browser } from "playwright-core";
import { startConsole, type TestConsole } from "../support/console.ts";
import { until } from "../support/until.ts";
import { executablePath, freePort, picture, quiet, uiFolder } from "./console-scene.ts";
import { icons } from "./icons.ts";

const patience = 120_000;
const nowhere = "http://127.0.0.1:1";
let folder: string;
let port: number;
let origin: string;
let house: TestConsole;
let browser: Browser;

const start = (ui: string) =>
  startConsole({
    clock: { now: () => Date.now() },
    upstreams: { worker: nowhere, gateway: nowhere, backup: nowhere },
    settings: { PUBLIC_ORIGIN: origin, UI_DIR: ui },
    port,
  });

beforeAll(async () => {
  folder = await uiFolder();
  port = await freePort();
  origin = `http://localhost:${port}`;
  house = await start(folder);
  browser = await chromium.launch({ executablePath, args: quiet });
}, patience);
afterAll(async () => {
  await browser.close();
  await house.close();
}, patience);

/** A window in which the service worker is at work. */
async function openKept() {
  const context = await browser.newContext({ baseURL: origin });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && faults.push(message.text()));
  await page.goto("/");
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await until("the service worker to be in charge", () => page.evaluate<boolean>("navigator.serviceWorker.controller !== null"));
  return { context, page, faults };
}

test("the first load, as a phone fetches it, is at most 200 KB with gzip", async () => {
  const html = await readFile(join(folder, "index.html"), "utf8");
  const first = ["/index.html", ...[...html.matchAll(/(?:src|href)="(\/(?:assets\/[^"]+\.(?:js|css)|theme\.js))"/g)].map(([, path]) => path!)];
  const sizes = await Promise.all(
    first.map(async (path) => [path, (await readFile(join(folder, `${path}.gz`)).catch(() => readFile(join(folder, path)))).length] as const),
  );
  expect(first.length).toBeGreaterThanOrEqual(4);
  expect(sizes.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThanOrEqual(200_000);
});

test("the icons are drawn in the sizes that the manifest promises", async () => {
  for (const { name, size } of icons) {
    const png = await readFile(join(folder, name));
    expect([name, png.subarray(1, 4).toString(), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([name, "PNG", size, size]);
  }
  const manifest = JSON.parse(await readFile(join(folder, "manifest.webmanifest"), "utf8")) as { icons: { src: string; sizes: string; type: string }[] };
  for (const { src, type } of manifest.icons) expect((await house.call("GET", src)).headers["content-type"]).toBe(type);
});

test(
  "Chromium finds nothing that keeps the console from being installed, and its policy nothing to refuse",
  async () => {
    const { context, page, faults } = await openKept();
    const protocol = await context.newCDPSession(page);
    expect((await protocol.send("Page.getAppManifest")).errors).toEqual([]);
    const { installabilityErrors } = await protocol.send("Page.getInstallabilityErrors");
    // A window of a test is a private one, which no page can be installed from; there must be no other reason.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  },
  patience,
);

test(
  "what is kept is the shell alone: no answer of the API, whatever was asked",
  async () => {
    const { context, page } = await openKept();
    await page.evaluate("Promise.all(['/api/session', '/api/jobs', '/health'].map((path) => fetch(path)))");
    const kept = await page.evaluate<string[]>(
      "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((cache) => cache.keys())))).then((lists) => lists.flat().map(({ url }) => new URL(url).pathname))",
    );
    expect(kept).toContain("/");
    expect(kept.filter((path) => !/^\/($|assets\/|icon\.svg$|start\.js$|theme\.js$|manifest\.webmanifest$)/.test(path))).toEqual([]);
    expect(kept.filter((path) => path.startsWith("/assets/")).length).toBe(
      (await readdir(join(folder, "assets"))).filter((name) => !/\.(gz|br)$|^api-page/.test(name)).length,
    );
    await context.close();
  },
  patience,
);

test(
  "without a connection the console opens from what is kept and says so; an address of the API is not answered by it",
  async () => {
    const { context, page } = await openKept();
    await context.setOffline(true);
    await page.goto("/settings");
    await page.getByText("The console can't tell whether you are signed in").waitFor();
    await picture(page, "offline");
    await expect(page.goto("/api/jobs")).rejects.toThrow(/ERR_/);
    await context.setOffline(false);
    await page.goto("/");
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await context.close();
  },
  patience,
);

test(
  "a renewed console is told of in the window that is open, loaded when asked for, and older shells are dropped",
  async () => {
    const { context, page } = await openKept();
    const renewed = await renew();
    try {
      await house.close();
      house = await start(renewed.folder);
      await page.evaluate("navigator.serviceWorker.getRegistration().then((registration) => registration.update())");
      await page.getByText("A new version of the console is out.").waitFor();
      await picture(page, "new-version");
      expect(await page.locator('script[type="module"]').getAttribute("src")).not.toBe(renewed.entry);
      await page.getByRole("button", { name: "Load it" }).click();
      await until("the new version", async () => (await page.locator('script[type="module"]').getAttribute("src")) === renewed.entry);
      await page.getByRole("button", { name: "Sign in" }).waitFor();
      expect(await page.getByText("A new version of the console is out.").count()).toBe(0);
      await until("one shell to be left", async () => (await page.evaluate<string[]>("caches.keys()")).length === 1);
      await context.close();
    } finally {
      await rm(renewed.folder, { recursive: true, force: true });
    }
  },
  patience,
);

/** The same UI as another release: its first script has another name, and so has what its service worker keeps. */
async function renew(): Promise<{ folder: string; entry: string }> {
  const copy = await mkdtemp(join(tmpdir(), "freehold-ui-renewed-"));
  await cp(folder, copy, { recursive: true });
  const html = await readFile(join(copy, "index.html"), "utf8");
  const old = /src="(\/assets\/[^"]+\.js)"/.exec(html)![1]!;
  const entry = "/assets/index-renewed.js";
  await cp(join(copy, old), join(copy, entry));
  await writeFile(join(copy, "index.html"), html.replace(old, entry));
  const worker = await readFile(join(copy, "service-worker.js"), "utf8");
  await writeFile(join(copy, "service-worker.js"), worker.replaceAll(old, entry).replace(/shell-[0-9a-f]{16}/, "shell-renewed"));
  for (const name of ["index.html", "service-worker.js"]) for (const packed of [".gz", ".br"]) await rm(join(copy, `${name}${packed}`), { force: true });
  return { folder: copy, entry };
}
