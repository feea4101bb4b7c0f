import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../support/until.ts";
import { buildCli, claude, cliFolder } from "./claude-cli.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "runtime/gateway/ALONE.md"), "utf8");
const data = mkdtempSync(join(tmpdir(), "freehold-alone-"));
const folder = cliFolder();
let started: ChildProcess | undefined;

beforeAll(buildCli, 600_000);
afterAll(() => {
  if (started?.pid !== undefined && started.exitCode === null && started.signalCode === null) process.kill(-started.pid, "SIGKILL");
  for (const each of [data, folder]) rmSync(each, { recursive: true, force: true, maxRetries: 5 });
});

/** A line of the page, in a shell of its own, whose processes get a Ctrl-C together. */
function type(line: string): { said: () => string; ended: Promise<number | string | null>; interrupt: () => void } {
  const env = { PATH: process.env["PATH"], HOME: data };
  const child = spawn(line, { shell: true, cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  started = child;
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | string | null>((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
  return { said: () => said, ended, interrupt: () => void process.kill(-child.pid!, "SIGINT") };
}

test("the page's line starts the gateway alone, what it prints is pasted before Claude Code, which uses a tool and goes on, and Ctrl-C ends it", async () => {
  const line = /`(npm run freehold -- gateway --rehearsal)`/.exec(page)?.[1];
  expect(line).toBeDefined();
  const gateway = type(`${line} --port 0 --data ${data}/gateway`);
  const pasted = await until(
    `the line to paste, after: ${gateway.said()}`,
    () => /^ {2}(ANTHROPIC_BASE_URL=\S+ ANTHROPIC_AUTH_TOKEN=fh_\S+ claude)$/m.exec(gateway.said())?.[1],
    { timeoutMs: 120_000 },
  );
  const [, url = "", key = ""] = /URL=(\S+) .*TOKEN=(\S+) /.exec(pasted) ?? [];
  process.stdout.write(`To paste: ${pasted.replace(key, "fh_…")}\n`);

  const first = await claude({ folder, line: pasted }, "-p", "Write a file notes/today.md that says: buy milk");
  expect(first).toMatchObject({ is_error: false, result: expect.stringMatching(/./) });
  expect(readFileSync(join(folder, "notes/today.md"), "utf8").trim()).toBe("buy milk");

  // The page's other way: both variables in the settings, for every session.
  const settings = /^\{ "env": .*\}$/m.exec(page)?.[0] ?? "{}";
  mkdirSync(join(folder, ".claude"), { recursive: true });
  writeFileSync(join(folder, ".claude/settings.json"), settings.replace("http://127.0.0.1:4010", url).replace("fh_…", key));
  const resumed = await claude({ folder }, "-p", "Write a file notes/more.md that says: and bread", "--resume", first?.session_id ?? "");
  expect(resumed).toMatchObject({ is_error: false, session_id: first?.session_id });
  expect(readFileSync(join(folder, "notes/more.md"), "utf8").trim()).toBe("and bread");

  const token = readFileSync(join(data, "gateway/admin-token"), "utf8").trim();
  const usage = (await (await fetch(`${url}/admin/usage`, { headers: { authorization: `Bearer ${token}` } })).json()) as {
    requests: number;
    providers: string[];
  };
  expect(usage).toMatchObject({ providers: ["rehearsal"] });
  // Two turns with a tool each.
  expect(usage.requests).toBeGreaterThanOrEqual(4);

  const pid = Number(readFileSync(join(data, "gateway/process-id"), "utf8"));
  gateway.interrupt();
  // npm ends by the signal that it got, or by what its command ended with; all that it started has closed its output by then.
  expect([0, 130, "SIGINT"]).toContain(await gateway.ended);
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(gateway.said()).not.toMatch(/\n {4}at |"level":"error"/);
  await expect(fetch(url)).rejects.toThrow("fetch failed");
}, 300_000);
