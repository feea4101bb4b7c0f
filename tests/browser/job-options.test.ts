import { expect, test } from "@jest/globals";
import { phone } from "./console-scene.ts";
import { isForEveryone, patience, withScene } from "./with-scene.ts";

const stand = withScene();
const newest = () => stand.scene.worker.jobs[0]!.job;
const secret = `whsec_${"A".repeat(32)}`;

isForEveryone(stand, [
  {
    name: "new-job-servers",
    address: () => "/",
    ready: ".composer",
    act: async (page) => {
      await page.getByRole("button", { name: "More options" }).click();
      await page.getByRole("button", { name: "Add a server" }).click();
      await page.getByRole("textbox", { name: "Address to tell" }).fill("https://example.com/hook");
      await page.getByLabel("What should be done?").fill("Sort the tickets");
      // All that is wrong stands in its fields once it is to run.
      await page.keyboard.press("Control+Enter");
      await page.getByText("Which program?").waitFor();
    },
  },
]);

test(
  "a job gets MCP servers, a webhook, its own wait between attempts and a system prompt, by keyboard alone on a phone",
  async () => {
    const { page, faults } = await stand.open("/", { viewport: phone });
    const field = (name: string) => page.getByRole("textbox", { name });
    await page.getByLabel("What should be done?").fill("Sort the tickets");
    await page.getByRole("button", { name: "More options" }).focus();
    await page.keyboard.press("Enter");
    await page.getByLabel("Seconds before a retry").fill("30");
    await field("System prompt").fill("You answer in German.");
    await page.getByRole("button", { name: "Add a server" }).focus();
    await page.keyboard.press("Enter");
    // The new row's name has the focus.
    await page.keyboard.type("tickets");
    await field("Command").fill("npx -y 'ticket server'");
    await field("Variables").fill("TOKEN=t0ken");
    await page.getByRole("button", { name: "Add a server" }).press("Enter");
    await page.keyboard.type("wiki");
    await page.getByRole("group", { name: "Server wiki" }).getByLabel("Reached as").selectOption("http");
    await field("Address of the server").fill("https://wiki.example/mcp");
    await field("Headers").fill("Authorization: Bearer x:y");
    await field("Address to tell").fill("https://example.com/hook");
    await page.getByRole("checkbox", { name: "A job was cancelled" }).uncheck();
    await page.getByLabel("Its own secret to sign with").fill(secret);
    await page.keyboard.press("Control+Enter");
    await page.waitForURL(/\/jobs\//);
    expect(newest()).toMatchObject({
      retryDelayMs: 30_000,
      systemPrompt: "You answer in German.",
      mcpServers: {
        tickets: { command: "npx", args: ["-y", "ticket server"], env: { TOKEN: "t0ken" } },
        wiki: { type: "http", url: "https://wiki.example/mcp", headers: { Authorization: "Bearer x:y" } },
      },
      webhook: { url: "https://example.com/hook", events: ["job.succeeded", "job.failed", "approval.requested"], secret },
    });
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "what the worker would refuse is told at its field and not sent; secrets are not kept when the page is left",
  async () => {
    const { page, faults } = await stand.open("/");
    const before = stand.scene.worker.jobs.length;
    const run = page.getByRole("button", { name: "Run", exact: true });
    await page.getByLabel("What should be done?").fill("Sort the tickets again");
    await page.getByRole("button", { name: "More options" }).click();
    await page.getByRole("button", { name: "Add a server" }).click();
    await page.keyboard.type("freehold");
    await page.getByRole("textbox", { name: "Command" }).fill("serve");
    await page.getByRole("textbox", { name: "Variables" }).fill("TOKEN=t0ken");
    await run.click();
    const name = page.getByRole("textbox", { name: "Server" }).first();
    await page.getByText("freehold is the home's own server").waitFor();
    expect(await page.evaluate("[document.activeElement.ariaInvalid, document.activeElement.value]")).toEqual(["true", "freehold"]);
    await name.fill("tickets");
    await page.getByText("freehold is the home's own server").waitFor({ state: "detached" });
    expect(await page.evaluate("JSON.stringify(localStorage)")).not.toContain("t0ken");
    await page.reload();
    // The panel is closed now: it opens by itself, at what is missing.
    await run.click();
    await page.getByText("TOKEN has no value").waitFor();
    expect(stand.scene.worker.jobs.length).toBe(before);
    await page.getByRole("textbox", { name: "Variables" }).fill("TOKEN=n3w");
    await run.click();
    await page.waitForURL(/\/jobs\//);
    expect(newest()).toMatchObject({ mcpServers: { tickets: { command: "serve", env: { TOKEN: "n3w" } } } });
    expect(faults).toEqual([]);
  },
  patience,
);
