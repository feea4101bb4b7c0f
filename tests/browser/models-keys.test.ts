import { describe, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { until } from "../support/until.ts";
import { violationsOf } from "./accessible.ts";
import { picture } from "./console-scene.ts";
import { patience, withScene } from "./with-scene.ts";

const stand = withScene({ provider: "anthropic" });

const keyNamed = (name: string) => stand.scene.gateway.keys.find((key) => key.name === name);
const item = (page: Page, name: string) => page.locator(".key").filter({ hasText: name });

describe("keys", () => {
  test(
    "a key is made with a budget and a scope, shown once with the lines to paste, listed without itself, and revoked after a question",
    async () => {
      const { page, faults } = await stand.open("/models/keys");
      await page.getByText("Laptop", { exact: true }).waitFor();
      await page.getByRole("button", { name: "New key" }).click();
      await page.getByLabel("Name").fill("Script on the server");
      await page.getByLabel("$ a day").fill("2.5");
      await page.getByLabel("Ends").selectOption("In 30 days");
      await page.getByText("Limits and scopes").click();
      await page.getByLabel("Only these models").fill("claude-haiku-*");
      await page.getByLabel("anthropic").check();
      await picture(page, "models-key-form");
      await page.getByRole("button", { name: "Make the key" }).click();
      const shown = page.getByRole("dialog", { name: "The key “Script on the server”" });
      await shown.waitFor();
      const made = keyNamed("Script on the server")!;
      expect(made).toMatchObject({ budget: { dayUsd: 2.5 }, models: ["claude-haiku-*"], providers: ["anthropic"] });
      await shown.getByText(made.secret, { exact: true }).waitFor();
      await shown.getByText(`ANTHROPIC_BASE_URL=https://gateway.localhost:28443 ANTHROPIC_AUTH_TOKEN=${made.secret} claude`).waitFor();
      await picture(page, "models-key-shown");
      expect(await violationsOf(page)).toEqual([]);
      // What can't be seen again isn't closed by a slip of the hand.
      await page.keyboard.press("Escape");
      await page.mouse.click(5, 5);
      expect(await shown.isVisible()).toBe(true);
      await page.getByRole("button", { name: "I have kept it" }).click();
      await item(page, "Script on the server").getByText("$2.5 a day").waitFor();
      expect(await page.content()).not.toContain(made.secret);

      await page.getByRole("button", { name: "Revoke Script on the server" }).click();
      await page.getByRole("button", { name: "Keep it" }).click();
      expect(made.revokedAt).toBeNull();
      await page.getByRole("button", { name: "Revoke Script on the server" }).click();
      await picture(page, "models-key-revoke");
      await page.getByRole("button", { name: "Revoke the key" }).click();
      await page.getByText("is refused from now on").waitFor();
      await item(page, "Script on the server").waitFor({ state: "detached" });
      expect(made.revokedAt).not.toBeNull();
      await page.getByRole("button", { name: "Ended" }).click();
      await item(page, "Script on the server")
        .getByText(/revoked just now/)
        .waitFor();
      expect(faults).toEqual([]);
    },
    patience,
  );

  test(
    "a copy button puts the line into the clipboard",
    async () => {
      const { page, context } = await stand.open("/models/keys");
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.getByRole("button", { name: "New key" }).click();
      await page.getByLabel("Name").fill("Copied");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: /^Copy: fh_/ }).click();
      await page.getByRole("button", { name: "Copied", exact: true }).waitFor();
      expect(await page.evaluate("navigator.clipboard.readText()")).toBe(keyNamed("Copied")!.secret);
    },
    patience,
  );

  test(
    "a refusal is shown in the form with its cure, and what was written stays",
    async () => {
      const { page } = await stand.open("/models/keys");
      await page.getByRole("button", { name: "New key" }).click();
      await page.getByLabel("Name").fill("Unlucky");
      await page.getByLabel("$ a day").fill("13");
      await page.getByRole("button", { name: "Make the key" }).click();
      await page.getByRole("alert").getByText("$13 is no amount for a day").waitFor();
      expect(await page.getByLabel("Name").inputValue()).toBe("Unlucky");
    },
    patience,
  );

  test(
    "a key is changed, and replaced by another text that is shown once",
    async () => {
      const { page } = await stand.open("/models/keys");
      await page.getByRole("button", { name: "Change Chat bot of the family" }).click();
      expect(await page.getByLabel("Requests a minute").inputValue()).toBe("30");
      await page.getByLabel("Requests a minute").fill("");
      await page.getByLabel("Name").fill("Chat bot");
      await page.getByRole("button", { name: "Save" }).click();
      await item(page, "Chat bot").getByText("30 requests/min").waitFor({ state: "detached" });
      await item(page, "Chat bot").getByText("200K input tokens/min").waitFor();
      expect(keyNamed("Chat bot")).toMatchObject({ limits: { inputTokensPerMinute: 200_000, concurrent: 4 }, models: ["claude-haiku-*"] });
      const before = keyNamed("Chat bot")!.secret;
      await page.getByRole("button", { name: "Replace Chat bot" }).click();
      await page.getByRole("button", { name: "Replace it" }).click();
      const { secret } = await until("another text", () => (keyNamed("Chat bot")!.secret === before ? undefined : keyNamed("Chat bot")!));
      await page.getByText(secret, { exact: true }).waitFor();
      await page.getByText("The one before it works until").waitFor();
    },
    patience,
  );
});

describe("try it", () => {
  const trialKeys = () => stand.scene.gateway.keys.filter(({ name }) => name.startsWith("Try it"));

  test(
    "an answer comes word by word, with who gave it, how fast, and what it used; its key is revoked and never seen",
    async () => {
      const { page, faults } = await stand.open("/models/try");
      const answers: string[] = [];
      page.on("response", (response) => answers.push(JSON.stringify(response.headers())));
      await page.getByRole("button", { name: "Say hello in five languages." }).click();
      await page.keyboard.press("Control+Enter");
      const answer = page.getByRole("region", { name: "Answer" });
      await answer.getByText("Hello").waitFor();
      await answer.getByText("from your own home.").waitFor();
      await answer.getByText("14 tokens in, 23 out").waitFor();
      await answer.getByText(/first word after/).waitFor();
      await answer.getByText("anthropic").waitFor();
      await picture(page, "models-try-answered");
      expect(await violationsOf(page)).toEqual([]);
      const [key] = trialKeys();
      await until("the key to be revoked", () => key!.revokedAt !== null);
      expect(Date.parse(key!.expiresAt!) - Date.parse(key!.createdAt)).toBeLessThanOrEqual(15 * 60_000);
      expect((await page.content()) + answers.join("")).not.toContain(key!.secret);
      expect(faults).toEqual([]);
    },
    patience,
  );

  test(
    "stopping keeps what has come and frees the key; a refusal says what to do",
    async () => {
      const { page } = await stand.open("/models/try");
      await page.getByLabel("What do you want to ask?").fill("Go on forever.");
      await page.getByRole("button", { name: "Ask", exact: true }).click();
      await page.getByText("Round 3.").waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByRole("button", { name: "Ask", exact: true }).waitFor();
      await page.getByText("Round 3.").waitFor();
      expect(await page.getByRole("alert").count()).toBe(0);
      await until("every key of a trial to be revoked", () => trialKeys().every(({ revokedAt }) => revokedAt !== null));
      await page.getByLabel("What do you want to ask?").fill("Are you busy?");
      await page.getByRole("button", { name: "Ask", exact: true }).click();
      await page.getByRole("alert").getByText("the first is asked again in 20 s").waitFor();
      await picture(page, "models-try-refused");
    },
    patience,
  );
});
