import type { CommandContext } from "../../infra/cli/command-context.ts";
import { openClient } from "../../infra/cli/home-client.ts";
import { jobsCommand } from "../../infra/cli/jobs/commands.ts";
import { tenantsCommand } from "../../infra/cli/tenants/commands.ts";

export interface Said {
  out: string;
  notes: string;
  code: number;
}

/** Runs `freehold jobs …` in this process, against an address. Throws what the command throws. */
export const runJobs = (url: string, token: string, ...argv: string[]): Promise<Said> => run(jobsCommand, { url, token }, argv);

/** Runs `freehold tenants …` likewise. */
export const runTenants = (url: string, token: string, ...argv: string[]): Promise<Said> => run(tenantsCommand, { url, token }, argv);

async function run(
  commandOf: (context: CommandContext) => ReturnType<typeof jobsCommand>,
  { url, token }: { url: string; token: string },
  argv: string[],
): Promise<Said> {
  const out: string[] = [];
  const notes: string[] = [];
  let exitCode = 0;
  const command = commandOf({
    withHome: async (use) => {
      const home = openClient(url, token);
      return use(home).finally(() => home.close());
    },
    say: (text) => void out.push(text),
    note: (text) => void notes.push(text),
    exit: (code) => void (exitCode = code),
  });
  await command.exitOverride().parseAsync(argv, { from: "user" });
  return { out: out.join("\n"), notes: notes.join("\n"), code: exitCode };
}
