import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const image = "freehold/job:test";

/** Builds the image in which jobs run the CLI, and where the tests run it, too. */
export const buildCli = (): void =>
  void execFileSync("docker", ["build", "--quiet", "--tag", image, join(import.meta.dirname, "../../runtime/images/job")], {
    stdio: ["ignore", "ignore", "pipe"],
  });

/** A folder that is the CLI's home and place of work, seen there as /workspace. */
export function cliFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "freehold-cli-"));
  chmodSync(folder, 0o777);
  return folder;
}

export interface CliEvent {
  type: string;
  is_error?: boolean;
  result?: string;
  session_id?: string;
}

export interface Seat {
  folder: string;
  /** What is typed before the arguments, as a shell takes it. */
  line?: string;
  environment?: Readonly<Record<string, string>>;
}

/** Runs the real CLI in its image and gives its result; it meets a gateway on this machine's loopback. */
export async function claude({ folder, line = "claude", environment = {} }: Seat, ...args: string[]): Promise<CliEvent | undefined> {
  // Nobody beyond this machine is spoken to.
  const all = { HOME: "/workspace", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", ...environment };
  const variables = Object.entries(all).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const box = ["run", "--rm", "--network", "host", "--memory", "768m", "--volume", `${folder}:/workspace`, "--workdir", "/workspace", ...variables];
  const flags = ["--output-format", "stream-json", "--verbose", "--permission-mode", "acceptEdits", "--allowedTools", "Write,Read,Bash"];
  const shell = ["--entrypoint", "bash", image, "-c", `${line} "$@"`, "bash"];
  const child = spawn("docker", [...box, ...shell, ...flags, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = (await text(child.stdout)).split("\n").filter((each) => each.startsWith("{"));
  return lines.map((each) => JSON.parse(each) as CliEvent).find(({ type }) => type === "result");
}
