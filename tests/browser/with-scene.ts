import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { violationsOf, widthOf } from "./accessible.ts";
import { desktop, phone, picture, startScene, type Scene, type Stage } from "./console-scene.ts";

/** Units: milliseconds. For a test that builds the UI or waits for a browser under load. */
export const patience = 120_000;

export interface Stand {
  scene: Scene;
  /** The id of the job whose title begins so. */
  idOf(title: string): string;
  open(address: string, how?: Parameters<Scene["open"]>[0]): ReturnType<Scene["open"]>;
}

/** A scene for the tests of a file, and windows that are closed after each. */
export function withScene(stage?: Stage): Stand {
  const opened: { close(): Promise<void> }[] = [];
  const stand: Partial<Stand> = {
    idOf: (title) => stand.scene!.worker.jobs.find(({ job }) => String(job["title"]).startsWith(title))!.job.id,
    async open(address, how) {
      const window = await stand.scene!.open(how);
      opened.push(window.context);
      await window.page.goto(address);
      return window;
    },
  };
  beforeAll(async () => {
    stand.scene = await startScene(stage);
  }, patience);
  afterEach(async () => {
    for (const context of opened.splice(0)) await context.close();
  });
  afterAll(async () => {
    await stand.scene!.close();
  }, patience);
  return stand as Stand;
}

export interface ShownPage {
  name: string;
  address: () => string;
  /** What is there once the page is. */
  ready: string;
  signedIn?: boolean;
  /** What is done before it is looked at. */
  act?: (page: Page) => Promise<void>;
}

interface Look {
  theme: "light" | "dark";
  width: "desktop" | "phone";
}

const looks: readonly Look[] = [
  { theme: "light", width: "desktop" },
  { theme: "dark", width: "phone" },
];

/** Also light and narrow, dark and wide. */
export const everyLook: readonly Look[] = (["light", "dark"] as const).flatMap((theme) => (["desktop", "phone"] as const).map((width) => ({ theme, width })));

/** Holds each page, in each look, against what axe knows, and takes its picture. */
export function isForEveryone(stand: Stand, pages: readonly ShownPage[], lookedAt = looks): void {
  const cases = pages.flatMap((page) => lookedAt.map((look) => ({ ...page, ...look })));
  test.each(cases)(
    "$name, $theme, on a $width: axe finds nothing serious, and nothing is wider than the window",
    async ({ name, theme, width, address, ready, signedIn = true, act }) => {
      const viewport = width === "desktop" ? desktop : phone;
      const { page, faults } = await stand.open(address(), { theme, viewport, signedIn });
      await page.locator(ready).first().waitFor();
      await act?.(page);
      await page.evaluate("document.fonts.ready.then(() => true)");
      await picture(page, `${name}-${width}-${theme}`);
      expect(await widthOf(page)).toBeLessThanOrEqual(viewport.width);
      expect(await violationsOf(page)).toEqual([]);
      expect(faults).toEqual([]);
    },
    patience,
  );
}
