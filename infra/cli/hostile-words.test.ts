import { expect, test } from "@jest/globals";
import { Command } from "commander";
import { hostileTexts } from "../../tests/support/hostile-texts.ts";
import { Failure } from "./failure.ts";
import type { HomeClient } from "./home-client.ts";
import { addRecovery } from "./recovery-commands.ts";
import { tenantsCommand } from "./tenants/commands.ts";

/** `freehold` as far as it takes tenants, snapshots, dates and homes; what it asks of a home is only noted. */
function program(asked: string[]): Command {
  const whole = new Command("freehold");
  const withHome = async <T>(use: (home: HomeClient) => Promise<T>): Promise<T> => {
    const noted = () => {
      asked.push("the home was asked");
      throw new Error("the home was asked");
    };
    return use({ get: noted, post: noted, send: noted, text: noted, close: noted });
  };
  addRecovery(whole, {
    standardStack: "dev",
    withHome: (_stack, use) => withHome(use),
    openStack: () => Promise.reject(new Error("a stack was opened")),
    progress: { note: () => {} } as never,
  });
  whole.addCommand(tenantsCommand({ withHome, say: () => {}, note: () => {}, exit: () => {} }));
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    command.commands.forEach(quiet);
  };
  quiet(whole);
  return whole;
}

const wrongWords = hostileTexts.filter((text) => text !== "");
const commands = [
  ...program([])
    .commands.find((command) => command.name() === "tenants")!
    .commands.filter(({ registeredArguments }) => registeredArguments[0]?.name() === "tenant")
    .map((command) => ["tenants", command.name(), "--", "?"]),
  ["tenants", "restore", "anna", "--into=?"],
  ["tenants", "restore", "--", "anna", "?"],
  ["restore", "--", "?"],
  ["restore", "--", "anna", "?"],
  ["restore", "--", "?", "2026-11-20"],
  ["restore", "--at=?"],
  ["restore", "--stack=?"],
  ["backups", "--", "?"],
  ["recovery-kit", "--", "?"],
];

test.each(commands.map((words) => ({ words, line: words.join(" ") })))(
  "freehold $line refuses what could mean something else before it asks anybody",
  async ({ words }) => {
    const path = process.env["PATH"];
    // No program can be started: what would start one fails in another way than by a refusal.
    process.env["PATH"] = "/nonexistent";
    try {
      const accepted: string[] = [];
      for (const text of wrongWords) {
        const asked: string[] = [];
        const thrown: unknown = await program(asked)
          .parseAsync(
            words.map((word) => word.replace("?", () => text)),
            { from: "user" },
          )
          .catch((error: unknown) => error);
        if (!(thrown instanceof Failure) || asked.length > 0) accepted.push(`${text}: ${String(thrown)}`);
      }
      expect(accepted).toEqual([]);
    } finally {
      process.env["PATH"] = path;
    }
  },
);
