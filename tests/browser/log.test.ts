import { expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { says } from "../support/claude-log.ts";
import { newJob, type ScriptedJob } from "../support/scripted-job.ts";
import { until } from "../support/until.ts";
import { picture } from "./console-scene.ts";
import { patience, withScene } from "./with-scene.ts";

const stand = withScene();

/** A job whose log grows as the test says. */
function liveJob(title: string): ScriptedJob {
  const startedAt = new Date().toISOString();
  const attempts = [{ number: 1, state: "running", sessionId: null, startedAt, finishedAt: null, exitCode: null, error: null }];
  const job = newJob({ title, prompt: title, state: "running", startedAt, attempts });
  stand.scene.worker.jobs.push(job);
  return job;
}

test(
  "edits are diffs, output of failures is open, calls open and close, the raw view shows the lines as they came",
  async () => {
    const { page, faults } = await stand.open(`/jobs/${stand.idOf("Fix the rounding")}`);
    await page.getByText("Complete").waitFor();
    await page.locator(".log-list").focus();
    await page.keyboard.press("Home");
    await page.getByText("FAIL src/amount.test.ts").waitFor();
    const read = page.getByRole("button", { name: /Read src\/amount\.ts/ });
    expect(await read.getAttribute("aria-expanded")).toBe("false");
    await read.click();
    await page.getByText("const decimals = 2;").waitFor();
    await page.keyboard.press("r");
    await page.locator(".raw-line").getByText('"subtype":"init"').waitFor({ state: "attached" });
    await page.getByLabel("Search the log").fill("failing test");
    await until("the search to be done", async () => (await page.locator(".raw-line").count()) === 2);
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "after a broken connection the log goes on where it was, without a gap or a double",
  async () => {
    const job = liveJob("Long");
    const say = (number: number) => void job.lines.push(JSON.stringify(says(`Line number ${number}.`)));
    for (let number = 1; number <= 5; number++) say(number);
    const { page } = await stand.open(`/jobs/${job.job.id}`);
    await page.getByText("Line number 5.").waitFor();
    // The first lines came in one answer, without it.
    await until("the stream to be open", () => stand.scene.worker.readers() > 0);
    stand.scene.worker.cutReaders();
    await page.getByText("Reconnecting…").waitFor();
    for (let number = 6; number <= 9; number++) say(number);
    await page.getByText("Line number 9.").waitFor();
    expect(await page.locator(".row.text").allTextContents()).toEqual(
      Array.from({ length: 9 }, (_, index) => expect.stringContaining(`Line number ${index + 1}.`)),
    );
    await page.getByText("Live", { exact: true }).waitFor();
    await page.goto("/");
    await until("the reader's connection to be freed", () => stand.scene.worker.readers() === 0);
    job.job.state = "succeeded";
  },
  patience,
);

const lineOf = (number: number) =>
  number % 10 === 0
    ? JSON.stringify(says(`Line ${number}, of a length that differs: ${"word ".repeat(number % 40)}`))
    : `{"type":"freehold","subtype":"stderr","text":"output ${number}"}`;

test(
  "a million lines: the end is there at once, scrolling stays smooth, memory bounded; any place is a step away, and all of it is searched",
  async () => {
    const job = liveJob("Very long");
    for (let number = 1; number <= 1_000_000; number++) job.lines.push(lineOf(number));
    const startedAt = Date.now();
    const { page, faults } = await stand.open(`/jobs/${job.job.id}`);
    await page.getByText("Line 1000000,").waitFor({ timeout: 60_000 });
    const shownMs = Date.now() - startedAt;
    await page.locator(".log-list").hover();
    const longestFrameMs = await scrollUp(page);
    await page.getByRole("button", { name: "To the end" }).waitFor();
    job.lines.push(JSON.stringify(says("One more.")), JSON.stringify(says("And one.")));
    await page.getByRole("button", { name: "2 new" }).click();
    await page.getByText("And one.").waitFor();
    job.lines.push(JSON.stringify(says("Followed again.")));
    await page.getByText("Followed again.").waitFor();
    const place = page.getByLabel("Place");
    await place.focus();
    await page.keyboard.press("Home");
    await page.getByText("output 1", { exact: true }).waitFor();
    await place.fill(String(Math.floor(Number(await place.getAttribute("max")) / 2)));
    await until("the middle to be there", async () => /50 %\u2013/.test(await page.locator(".log-place").innerText()));
    await page.locator(".row").first().waitFor();
    await picture(page, "log-million");
    await page.getByLabel("Search the log").fill("output 123457");
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText("1 line with").waitFor({ timeout: 60_000 });
    await picture(page, "log-million-search");
    // On a slow phone what is drawn comes later than what is read.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 12 });
    await page.locator(".found-line").click();
    await page.getByText("output 123457", { exact: true }).waitFor();
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    const drawn = await page.locator(".row").count();
    const heapMb = await page.evaluate(() => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1e6);
    process.stdout.write(
      `1,000,000 lines: the end shown after ${shownMs} ms, ${drawn} rows drawn, longest frame while scrolling ${Math.round(longestFrameMs)} ms, ${Math.round(heapMb)} MB of heap\n`,
    );
    expect(drawn).toBeLessThan(150);
    expect(longestFrameMs).toBeLessThan(1_000);
    expect(heapMb).toBeLessThan(150);
    expect(faults).toEqual([]);
    job.job.state = "succeeded";
  },
  2 * patience,
);

test(
  "whoever scrolls up to the beginning of what is here gets what is before it, without being moved",
  async () => {
    const job = newJob({ title: "Ended", prompt: "x", state: "succeeded", attempts: [{ number: 1, state: "succeeded", startedAt: null, finishedAt: null }] });
    for (let number = 1; number <= 60_000; number++) job.lines.push(lineOf(number));
    stand.scene.worker.jobs.push(job);
    const { page } = await stand.open(`/jobs/${job.job.id}`);
    await page.getByText("Line 60000,").waitFor();
    await page.keyboard.press("r");
    await page.locator(".log-list").hover();
    // Rows that are not measured yet are hidden, and have no inner text; they are before the next frame is drawn.
    const numbers = async () =>
      (await page.locator(".raw-line").allTextContents()).map((text) => Number(/output (\d+)|Line (\d+)/.exec(text)?.slice(1).find(Boolean)));
    for (let turn = 0; turn < 40; turn++) {
      await page.mouse.wheel(0, -20_000);
      const seen = await numbers();
      // However it moves, what is drawn is one stretch of the log.
      expect(seen).toEqual(seen.map((_, index) => (seen[0] ?? 0) + index));
    }
    await until("lines far above the first piece to be drawn", async () => (await numbers())[0]! < 52_000);
  },
  patience,
);

/** Scrolls up by wheel and returns the longest time between two frames meanwhile. */
async function scrollUp(page: Page): Promise<number> {
  await page.evaluate(`
    globalThis.frames_ = { longest: 0, last: performance.now(), on: true };
    const next = () => {
      const now = performance.now();
      frames_.longest = Math.max(frames_.longest, now - frames_.last);
      frames_.last = now;
      if (frames_.on) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  `);
  for (let turn = 0; turn < 30; turn++) await page.mouse.wheel(0, -900);
  return page.evaluate<number>("frames_.on = false, frames_.longest");
}
