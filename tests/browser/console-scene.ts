import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { ownerPassword, startConsole, type TestConsole } from "../support/console.ts";
import { livedIn, playHello } from "../support/scripted-jobs.ts";
import { startScriptedGateway, type ScriptedGateway } from "../support/scripted-gateway.ts";
import { startScriptedBackup } from "../support/scripted-services.ts";
import type { ScriptedJob } from "../support/scripted-job.ts";
import { type aTenant, startScriptedTenants, type ScriptedTenants } from "../support/scripted-tenants.ts";
import { startScriptedWorker, type ScriptedWorker } from "../support/scripted-worker.ts";

const root = join(import.meta.dirname, "../..");
export const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
export const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const desktop = { width: 1280, height: 860 };
export const phone = { width: 390, height: 844 };

export interface Scene {
  origin: string;
  worker: ScriptedWorker;
  gateway: ScriptedGateway;
  /** What the manager has. */
  tenants: ScriptedTenants;
  house: TestConsole;
  /** A browser window of its own, with what went wrong in it. */
  open(how?: {
    viewport?: { width: number; height: number };
    theme?: "light" | "dark";
    signedIn?: boolean;
    /** Without the page's policy, to see that nothing relies on it alone. */
    withoutPolicy?: boolean;
  }): Promise<{ page: Page; context: BrowserContext; faults: string[] }>;
  close(): Promise<void>;
}

export interface Stage {
  jobs?: ScriptedJob[];
  provider?: "anthropic" | "rehearsal";
  /** Whether models were asked before. */
  isFresh?: boolean;
  lastError?: object | null;
  /** Where figures are read; nowhere unless given. */
  metricsUrl?: string;
  tenants?: readonly ReturnType<typeof aTenant>[];
}

/** The folder of the built web UI, which all files of a run share: the first one to ask builds it. */
export async function uiFolder(): Promise<string> {
  const run = process.env["FREEHOLD_TEST_RUN"];
  if (run === undefined) throw new Error("FREEHOLD_TEST_RUN is not set: Jest's global set-up makes that folder.");
  const folder = join(run, "ui");
  if (existsSync(folder)) return folder;
  const built = await mkdtemp(join(run, "ui-being-built-"));
  await promisify(execFile)(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "--outDir", built], {
    cwd: join(root, "runtime/console"),
    // Jest says "test", of which React would make its slow and large development build.
    env: { ...process.env, NODE_ENV: "production", NODE_OPTIONS: "" },
  });
  // Another process of the run may have been faster; both have built the same.
  await rename(built, folder).catch((error: unknown) => {
    if (!existsSync(folder)) throw error;
  });
  return folder;
}

/** The console with its real UI in a real browser, before services that play their part. */
export async function startScene({
  jobs = livedIn(),
  provider = "rehearsal",
  isFresh = false,
  lastError = null,
  metricsUrl = "http://127.0.0.1:1",
  tenants = [],
}: Stage = {}): Promise<Scene> {
  if (!existsSync(executablePath)) throw new Error(`There is no browser at ${executablePath}. Install one (apt-get install chromium), or name it in CHROMIUM.`);
  const ui = await uiFolder();
  const worker = await startScriptedWorker(jobs, playHello);
  const gateway = await startScriptedGateway({ active: provider, isFresh });
  const backup = await startScriptedBackup(lastError);
  const manager = await startScriptedTenants(tenants);
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const house = await startConsole({
    clock: { now: () => Date.now() },
    upstreams: { worker: worker.url, gateway: gateway.url, backup: backup.url, manager: manager.url },
    settings: { PUBLIC_ORIGIN: origin, UI_DIR: ui, METRICS_URL: metricsUrl },
    port,
  });
  const browser = await chromium.launch({ executablePath, args: quiet });
  const cookie = await house.signIn();
  return {
    origin,
    worker,
    gateway,
    tenants: manager,
    house,
    open: (how) => open(browser, origin, cookie, how),
    close: async () => {
      await browser.close();
      await house.close();
      await Promise.all([worker, gateway, backup, manager].map((service) => service.close()));
    },
  };
}

async function open(
  browser: Browser,
  origin: string,
  cookie: string,
  { viewport = desktop, theme = "light", signedIn = true, withoutPolicy = false }: Parameters<Scene["open"]>[0] = {},
) {
  const context = await browser.newContext({
    viewport,
    colorScheme: theme,
    baseURL: origin,
    reducedMotion: "reduce",
    bypassCSP: withoutPolicy,
    // What a service worker asks for passes a page's routes by; installable.test.ts tries the kept shell.
    serviceWorkers: "block",
    ...(viewport.width < 500 && { hasTouch: true, isMobile: true, deviceScaleFactor: 2 }),
  });
  const [name = "", value = ""] = cookie.split("=");
  // Browsers take localhost for as safe as https; only the protocol that plants a cookie insists on the scheme.
  if (signedIn) await context.addCookies([{ name, value, url: origin.replace("http:", "https:"), httpOnly: true, secure: true, sameSite: "Strict" }]);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // A refused request is part of what is tested; a script or style that the policy stops is not.
    // Chromium reports inline handlers in the inert documents too in which the sanitiser parses; none of them runs.
    const isExpected = /^(Failed to load resource|Executing inline event handler)/.test(message.text());
    if (message.type() === "error" && !isExpected) faults.push(message.text());
  });
  return { page, context, faults };
}

export async function signIn(page: Page): Promise<void> {
  await page.getByLabel("Password", { exact: true }).fill(ownerPassword);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** Keeps a picture where `SCREENSHOTS` names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
