import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { memberPassword } from "../support/console.ts";
import { until } from "../support/until.ts";
import { violationsOf, widthOf } from "./accessible.ts";
import { desktop, phone, picture, startScene, type Scene } from "./console-scene.ts";

const patience = 120_000;
let scene: Scene;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  scene = await startScene();
  await scene.house.join("Olga", "operator");
  await scene.house.join("victor", "viewer");
}, patience);
afterEach(async () => {
  for (const context of opened.splice(0)) await context.close();
});
afterAll(async () => {
  await scene.close();
}, patience);

async function open(address: string, how?: Parameters<Scene["open"]>[0]) {
  const window = await scene.open(how);
  opened.push(window.context);
  await window.page.goto(address);
  return window;
}

async function signInAs(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Settings" }).waitFor();
}

const row = (page: Page, name: string) => page.locator(".row").filter({ hasText: name });

describe("members", () => {
  test(
    "the owner invites somebody, who opens the link, sets a password and is in; the link's token leaves the address at once",
    async () => {
      const { page, faults } = await open("/settings/members");
      await page.getByRole("button", { name: "Invite" }).click();
      await page.getByLabel("The name they sign in with").fill("Noor");
      await page.getByRole("radio", { name: /operator/ }).check();
      await picture(page, "settings-invite");
      await page.getByRole("button", { name: "Make the link" }).click();
      const shown = page.getByRole("dialog", { name: "A link for Noor" });
      const link = await shown.locator(".command code").innerText();
      await picture(page, "settings-invite-link");
      expect(await violationsOf(page)).toEqual([]);
      // What can't be seen again isn't closed by a slip of the hand.
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "I have sent it" }).click();
      await page.getByText("invited as operator").waitFor();

      const guest = await open(link, { signedIn: false, viewport: phone });
      await guest.page.getByRole("heading", { name: "Welcome, Noor" }).waitFor();
      expect(guest.page.url()).toBe(`${scene.origin}/invitation`);
      await picture(guest.page, "invitation-phone");
      expect(await violationsOf(guest.page)).toEqual([]);
      await guest.page.getByLabel(/Your password/).fill("noor has a password");
      await guest.page.getByRole("button", { name: "Come in" }).click();
      await guest.page.getByRole("link", { name: "Settings" }).click();
      await guest.page.getByRole("heading", { name: /Noor operator/ }).waitFor();
      await page.reload();
      await page.getByLabel("Role of Noor").waitFor();
      expect([faults, guest.faults]).toEqual([[], []]);
      const again = await open(link, { signedIn: false });
      await again.page.getByRole("alert").getByText("This link was used").waitFor();
      await picture(again.page, "invitation-over");
    },
    patience,
  );

  test(
    "a role is changed in place; a member is removed after a question, and their window asks to sign in",
    async () => {
      await scene.house.join("Passing", "viewer");
      const theirs = await open("/backups", { signedIn: false });
      await signInAs(theirs.page, "Passing", memberPassword);
      await theirs.page.getByRole("heading", { name: "Backups", exact: true }).waitFor();
      expect(await theirs.page.getByRole("button", { name: "Back up now" }).count()).toBe(0);
      const { page } = await open("/settings/members");
      await page.getByLabel("Role of Passing").selectOption("operator");
      await page.getByText("Passing is operator from now on").waitFor();
      await theirs.page.reload();
      await theirs.page.getByRole("button", { name: "Back up now" }).waitFor();
      await page.getByRole("button", { name: "Sessions of Passing" }).click();
      await page.getByRole("dialog").getByText("Chrome on Linux").waitFor();
      await picture(page, "settings-member-sessions");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Remove Passing" }).click();
      await page.getByRole("button", { name: "Keep them" }).click();
      await page.getByRole("button", { name: "Remove Passing" }).click();
      await picture(page, "settings-member-remove");
      await page.getByRole("dialog").getByRole("button", { name: "Remove Passing" }).click();
      await page.getByText("Passing is out.").waitFor();
      await theirs.page.reload();
      await theirs.page.getByRole("button", { name: "Sign in" }).waitFor();
    },
    patience,
  );

  test(
    "an operator sees neither keys, cost, members nor the audit log; a viewer isn't offered what they can't do",
    async () => {
      const { page, faults } = await open("/models", { signedIn: false });
      await signInAs(page, "olga", memberPassword);
      const tabs = page.getByRole("navigation", { name: "Models" });
      await tabs.waitFor();
      expect(await tabs.getByRole("link").allInnerTexts()).toEqual(["Providers", "Try it"]);
      await page.goto("/settings");
      const ofSettings = page.getByRole("navigation", { name: "Settings" });
      await ofSettings.waitFor();
      expect(await ofSettings.getByRole("link").allInnerTexts()).toEqual(["You", "Tokens", "This home"]);
      await page.goto("/settings/members");
      await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
      await page.getByRole("button", { name: "Sign out" }).click();
      await signInAs(page, "victor", memberPassword);
      await page.goto("/models");
      await page.getByRole("navigation", { name: "Models" }).waitFor();
      expect(await tabs.getByRole("link").allInnerTexts()).toEqual(["Providers"]);
      expect(faults).toEqual([]);
    },
    patience,
  );

  test(
    "a member changes their password, and sees and ends their other sessions",
    async () => {
      const cookie = await scene.house.signIn({ name: "victor", password: memberPassword });
      const { page } = await open("/settings", { signedIn: false });
      await signInAs(page, "victor", memberPassword);
      await page.getByText("this one").waitFor();
      await page.getByRole("button", { name: "Sign out everywhere else" }).click();
      await page.getByText(/sessions? ended/).waitFor();
      expect((await scene.house.call("GET", "/api/session", { headers: { cookie } })).status).toBe(401);
      await page.getByLabel("Present password").fill("not this one");
      await page.getByLabel(/New password/).fill("another password");
      await page.getByRole("button", { name: "Change it" }).click();
      await page.getByRole("alert").getByText("not your present password").waitFor();
      await picture(page, "settings-password-refused");
      await page.getByLabel("Present password").fill(memberPassword);
      await page.getByRole("button", { name: "Change it" }).click();
      await page.getByText("Your other sessions have ended").waitFor();
      expect(await page.getByLabel("Present password").inputValue()).toBe("");
    },
    patience,
  );
});

test(
  "a token is made with a role, shown once with a line to paste that works, and revoked after a question",
  async () => {
    const { page, faults } = await open("/settings/tokens");
    await page.getByRole("heading", { name: "No tokens yet" }).waitFor();
    await picture(page, "settings-tokens-none");
    await page.getByRole("button", { name: "New token" }).click();
    await page.getByLabel("Name").fill("Laptop");
    await page.getByLabel("Role").selectOption("viewer");
    await page.getByRole("button", { name: "Make the token" }).click();
    const shown = page.getByRole("dialog", { name: "The token “Laptop”" });
    const token = await shown.locator(".command code").first().innerText();
    await picture(page, "settings-token-shown");
    expect(await violationsOf(page)).toEqual([]);
    const asToken = { headers: { authorization: `Bearer ${token}` } };
    expect((await scene.house.call("GET", "/api/jobs", asToken)).status).toBe(200);
    await page.getByRole("button", { name: "I have kept it" }).click();
    await row(page, "Laptop").getByText("viewer").waitFor();
    expect(await page.content()).not.toContain(token);
    await page.getByRole("button", { name: "Revoke Laptop" }).click();
    await page.getByRole("button", { name: "Revoke the token" }).click();
    await page.getByText("is refused from now on").waitFor();
    expect((await scene.house.call("GET", "/api/jobs", asToken)).status).toBe(401);
    expect(faults).toEqual([]);
  },
  patience,
);

test(
  "the audit log tells who did what, is searched by words, filtered by outcome, and opens to its details",
  async () => {
    await scene.house.call("POST", "/api/session", { headers: { "content-type": "application/json" }, body: '{"password":"wrong"}' });
    const { page, faults } = await open("/settings/audit");
    await page.getByText("Invitation made: Olga, operator").waitFor();
    await page.getByRole("button", { name: "Refused" }).click();
    const list = page.getByRole("list", { name: "Audit log" });
    await until("refusals alone", async () => {
      const titles = await list.locator(".state-icon").evaluateAll((all) => all.map((icon) => (icon as unknown as { title: string }).title));
      return titles.length > 0 && titles.every((title) => title === "Refused");
    });
    await page.keyboard.press("/");
    await page.keyboard.type("sign-in session.create anonymous");
    await page.getByText("Nothing here").waitFor();
    await page.getByLabel("Search the audit log").fill("session.create anonymous");
    await list.locator("summary").first().click();
    await page.getByText("somebody not signed in").first().waitFor();
    await page.getByText("status 401").waitFor();
    await picture(page, "settings-audit-open");
    expect(await violationsOf(page)).toEqual([]);
    expect(faults).toEqual([]);
  },
  patience,
);

describe("everyone can use it", () => {
  const pages: Record<string, { address: string; ready: string }> = {
    "settings-you": { address: "/settings", ready: ".row" },
    "settings-tokens": { address: "/settings/tokens", ready: ".empty, .row" },
    "settings-members": { address: "/settings/members", ready: ".role-choice" },
    "settings-audit": { address: "/settings/audit", ready: ".audit-entry" },
    "settings-house": { address: "/settings/house", ready: ".house-facts" },
  };
  const cases = Object.keys(pages).flatMap((name) =>
    (["light", "dark"] as const).flatMap((theme) => (["desktop", "phone"] as const).map((width) => [name, theme, width] as const)),
  );
  test.each(cases)(
    "%s, %s, on a %s: axe finds nothing serious, and nothing is wider than the window",
    async (name, theme, width) => {
      const { address, ready } = pages[name]!;
      const viewport = width === "desktop" ? desktop : phone;
      const { page, faults } = await open(address, { theme, viewport });
      await page.locator(ready).first().waitFor();
      await picture(page, `${name}-${width}-${theme}`);
      expect(await widthOf(page)).toBeLessThanOrEqual(viewport.width);
      expect(await violationsOf(page)).toEqual([]);
      expect(faults).toEqual([]);
    },
    patience,
  );
});
