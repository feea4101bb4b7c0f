import { expect, test } from "@jest/globals";
import { aTenant } from "../support/scripted-tenants.ts";
import { until } from "../support/until.ts";
import { picture } from "./console-scene.ts";
import { isForEveryone, patience, withScene } from "./with-scene.ts";

const problem = {
  code: "tenant.crashed",
  message: "It ended three times within ten minutes, the last time for want of memory. Give it more memory, then restart it.",
};
const stand = withScene({
  tenants: [
    aTenant("anna", { name: "Anna's", state: "awake", desired: "awake", people: ["anna"], usage: { memoryMb: 832, cpuPercent: 3.4, diskMb: 612 } }),
    aTenant("bert", { name: "Bert's", people: ["bert", "carla"], budget: { dailyUsd: 2, monthlyUsd: 20 } }),
    aTenant("carla", { name: "Carla's", state: "waiting", desired: "awake" }),
    aTenant("dora", { name: "Dora's", state: "failed", desired: "awake", problem, lastBackupAt: null }),
  ],
});
const lastChange = () => stand.scene.tenants.changes.at(-1);
const changed = (what: string) => until(what, () => lastChange()?.what === what);

test(
  "an assistant is made, its token shown once, put to sleep, woken, stopped and started",
  async () => {
    const { page, faults } = await stand.open("/tenants");
    await page.getByRole("button", { name: "New assistant" }).click();
    const form = page.getByRole("dialog", { name: "New assistant" });
    await form.getByLabel("Address").fill("Emil");
    await form.getByLabel("Name", { exact: true }).fill("Emil's");
    await form.getByLabel("Who may enter").fill("emil, frida");
    await form.getByLabel("$ a month").fill("15");
    await picture(page, "tenant-form");
    await form.getByRole("button", { name: "Make it" }).click();
    const token = page.getByRole("dialog", { name: "The token of emil" });
    await token.getByText("fhtt_shown-this-once").waitFor();
    expect(lastChange()).toMatchObject({
      what: "POST /tenants",
      body: { id: "emil", name: "Emil's", people: ["emil", "frida"], budget: { dailyUsd: null, monthlyUsd: 15 }, internet: true },
      actor: "owner",
    });
    await token.getByRole("button", { name: "I have it" }).click();
    await page.getByRole("link", { name: "Emil's", exact: true }).click();
    await page.getByText("Being set up").waitFor();
    await page.getByRole("button", { name: "Sleep Emil's" }).click();
    await changed("POST /tenants/emil/hibernate");
    await page.getByRole("button", { name: "Wake Emil's" }).click();
    await changed("POST /tenants/emil/wake");
    await page.getByRole("button", { name: "Stop Emil's" }).click();
    await page.getByRole("button", { name: "Stop it" }).click();
    await changed("POST /tenants/emil/stop");
    await page.getByRole("button", { name: "Start Emil's", exact: true }).click();
    await changed("POST /tenants/emil/start");
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "an assistant is changed, restored to a date into a new one, removed with a time of grace, and kept after all",
  async () => {
    const { page, faults } = await stand.open("/tenants/bert");
    const more = async (name: string) => {
      await page.getByRole("button", { name: "More for this assistant" }).click();
      await page.getByRole("menuitem", { name }).click();
    };
    await more("Change");
    await page.getByLabel("Who may enter").fill("bert");
    await page.getByRole("button", { name: "Save" }).click();
    await changed("PATCH /tenants/bert");
    await page.getByText("the owner, bert", { exact: true }).waitFor();
    await more("Restore to a date");
    const restore = page.getByRole("dialog", { name: "Restore Bert's" });
    await restore.getByLabel("As it was on").fill("2026-02-08T12:00");
    await restore.getByLabel("Into another assistant").fill("bert-old");
    await picture(page, "tenant-restore");
    await restore.getByRole("button", { name: "Restore it" }).click();
    await changed("POST /tenants/bert/restore");
    expect(lastChange()?.body).toEqual({ at: new Date("2026-02-08T12:00").toISOString(), into: "bert-old" });
    await more("Remove");
    await page.getByLabel("Erase its files").selectOption("After a month");
    await page.getByRole("button", { name: "Remove it" }).click();
    await changed("DELETE /tenants/bert?graceDays=30");
    await page.getByText("its files are erased").waitFor();
    await page.getByRole("button", { name: "Keep it Bert's" }).click();
    await changed("POST /tenants/bert/keep");
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "its page shows events, what it takes, what the doctor finds and its log, and leads to its own address",
  async () => {
    const { page, faults } = await stand.open("/tenants/anna");
    await page.getByText("Fell asleep").waitFor();
    await page.getByText("$2.41, 85,200 tokens").waitFor();
    const { host } = new URL(stand.scene.origin);
    expect(await page.getByRole("link", { name: "Open Anna's" }).getAttribute("href")).toBe(`http://anna.${host}`);
    await page.getByText("What the doctor finds").click();
    await page.getByText("Its files take 91 %").waitFor();
    await page.getByText("Log", { exact: true }).click();
    await page.getByText("[gateway] ready").waitFor();
    expect(faults).toEqual([]);
  },
  patience,
);

isForEveryone(stand, [
  { name: "tenants", address: () => "/tenants", ready: "text=Carla's" },
  { name: "tenant", address: () => "/tenants/anna", ready: "text=This month", act: (page) => page.getByText("What the doctor finds").click() },
  { name: "enter-refused", address: () => "/enter?host=elsewhere.localhost", ready: "text=You can't enter there" },
  { name: "tenant-failed", address: () => "/tenants/dora", ready: "text=Something is wrong with it" },
  {
    name: "tenant-remove",
    address: () => "/tenants/dora",
    ready: "text=Something is wrong with it",
    act: async (page) => {
      await page.getByRole("button", { name: "More for this assistant" }).click();
      await page.getByRole("menuitem", { name: "Remove" }).click();
    },
  },
]);
