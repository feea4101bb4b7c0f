import { expect, test } from "@jest/globals";
import { until } from "../support/until.ts";
import { picture } from "./console-scene.ts";
import { isForEveryone, patience, withScene } from "./with-scene.ts";

const stand = withScene();
const idOf = (name: string) => stand.scene.worker.schedules.find(({ schedule }) => schedule.name === name)!.schedule.id;

test(
  "a schedule is written with its next times told, made, paused, changed, run and deleted",
  async () => {
    const { page, faults } = await stand.open("/schedules");
    await page.getByRole("button", { name: "New schedule" }).click();
    const form = page.getByRole("dialog", { name: "New schedule" });
    await form.getByLabel("Name").fill("Water the plants");
    await form.getByLabel("When").fill("0 25 * * *");
    await form.locator(".field-problem").getByText("25").waitFor();
    await form.getByRole("button", { name: "each quarter of an hour" }).click();
    await form.locator(".next-times li").nth(4).waitFor();
    await form.getByLabel("Time zone").fill("Asia/Tokyo");
    await form.getByText("Next, in Asia/Tokyo").waitFor();
    await form.getByLabel("Prompt").fill("Say which plants want water today.");
    await picture(page, "schedule-form");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("heading", { name: "Water the plants", level: 1 }).waitFor();
    expect(stand.scene.worker.schedules[0]?.schedule).toMatchObject({ schedule: "*/15 * * * *", timeZone: "Asia/Tokyo", noOverlap: true, missed: "once" });
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("What comes due meanwhile is not missed").waitFor();
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "More for this schedule" }).click();
    await page.getByRole("menuitem", { name: "Change" }).click();
    await page.getByLabel("Name").fill("Water the garden");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Water the garden", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Run now" }).click();
    await page.waitForURL(/\/jobs\//);
    await page.goBack();
    await page.getByText("asked for").waitFor();
    await page.getByRole("button", { name: "More for this schedule" }).click();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Delete the schedule" }).click();
    await page.waitForURL(/\/schedules$/);
    await until("the schedule to be gone", () => !stand.scene.worker.schedules.some(({ schedule }) => schedule.name === "Water the garden"));
    expect(faults).toEqual([]);
  },
  patience,
);

const file = `[job-local "tidy up"]
schedule = 0 4 * * *
command = sh -c "make tidy"

[job-service-run "fan"]
schedule = @hourly
image = x
command = y
`;

test(
  "an Ofelia file is shown job by job before it is stored, with what is refused and why",
  async () => {
    const { page, faults } = await stand.open("/schedules");
    await page.getByRole("button", { name: "Import" }).click();
    const dialog = page.getByRole("dialog", { name: "Import an Ofelia file" });
    await dialog.getByLabel("cron.ini").fill("[job-local");
    await dialog.getByRole("button", { name: "See what becomes of it" }).click();
    await dialog.getByText("Ofelia would not start with this file").waitFor();
    await dialog.getByLabel("Choose a file").setInputFiles({ name: "cron.ini", mimeType: "text/plain", buffer: Buffer.from(file) });
    await until("the file to be in the field", async () => (await dialog.getByLabel("cron.ini").inputValue()) === file);
    await dialog.getByRole("button", { name: "See what becomes of it" }).click();
    await dialog.getByText("job-service-run/fan").waitFor();
    await dialog.getByText("Refused").waitFor();
    await picture(page, "schedule-import");
    await dialog.getByRole("button", { name: "Store 1 schedule" }).click();
    await page.getByRole("link", { name: /job-local\/tidy up/ }).waitFor();
    expect(faults).toEqual([]);
  },
  patience,
);

isForEveryone(stand, [
  { name: "schedules", address: () => "/schedules", ready: ".schedule-item" },
  { name: "schedule", address: () => `/schedules/${idOf("Morning news")}`, ready: "[aria-label=Runs] .job" },
  {
    name: "schedule-new",
    address: () => "/schedules",
    ready: ".schedule-item",
    act: async (page) => {
      await page.getByRole("button", { name: "New schedule" }).click();
      await page.locator(".next-times li").first().waitFor();
      await page.getByText("Attempts, limits").click();
    },
  },
]);
