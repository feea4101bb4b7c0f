import { expect, test } from "@jest/globals";
import { picture } from "./console-scene.ts";
import { isForEveryone, patience, withScene } from "./with-scene.ts";

const stand = withScene({ provider: "anthropic" });

isForEveryone(stand, [
  {
    name: "request-not-kept",
    address: () => "/models/requests",
    ready: ".request",
    act: async (page) => {
      await page.locator(".request summary").nth(2).click();
      await page.locator(".request").nth(2).getByRole("button", { name: "Show what was sent" }).click();
      await page.getByText("Nothing is kept of this request").waitFor();
    },
  },
]);

test(
  "what was sent with a key that keeps it is read by the owner, which the audit log tells, and deleted",
  async () => {
    const { page, faults } = await stand.open("/models/requests");
    const requests = page.locator(".request");
    await requests.first().locator("summary").click();
    await requests.first().getByRole("button", { name: "Show what was sent" }).click();
    await requests.first().getByText("<b>Sort</b> the receipts").waitFor();
    await picture(page, "models-request-body");
    await requests.first().getByRole("button", { name: "Delete it now" }).click();
    await page.getByRole("button", { name: "Delete it", exact: true }).click();
    await requests.first().getByText("What was sent is deleted.").waitFor();
    await requests.nth(1).locator("summary").click();
    await requests.nth(1).getByRole("button", { name: "Show what was sent" }).click();
    await page.getByText("Nothing is kept of this request").waitFor();
    await page.goto("/settings/audit");
    await page.getByText("What was sent to a model was read").first().waitFor();
    await page.getByText("What was sent to a model was deleted").first().waitFor();
    expect(faults).toEqual([]);
  },
  patience,
);
