import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openScene, providerNames, type Scene } from "./scenes.ts";

const image = "freehold/job:test";
const scenes: Scene[] = [];
const folders: string[] = [];

beforeAll(() => {
  execFileSync("docker", ["build", "--quiet", "--tag", image, join(import.meta.dirname, "../../runtime/images/job")], { stdio: ["ignore", "ignore", "pipe"] });
}, 600_000);
afterAll(async () => {
  for (const scene of scenes) await scene.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface CliEvent {
  type: string;
  is_error?: boolean;
  result?: string;
  session_id?: string;
}

interface Seat {
  scene: Scene;
  folder: string;
}

/** Runs the real CLI in its image, as a job does; it meets the gateway on this machine's loopback. */
async function claude({ scene, folder }: Seat, ...args: string[]): Promise<CliEvent | undefined> {
  const environment = {
    HOME: "/workspace",
    ANTHROPIC_BASE_URL: scene.gateway.url,
    ANTHROPIC_AUTH_TOKEN: scene.key,
    CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  };
  const variables = Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const box = ["run", "--rm", "--network", "host", "--memory", "768m", "--volume", `${folder}:/workspace`, "--workdir", "/workspace", ...variables];
  const flags = ["--output-format", "stream-json", "--verbose", "--permission-mode", "acceptEdits", "--allowedTools", "Write,Read,Bash"];
  const child = spawn("docker", [...box, "--entrypoint", "claude", image, ...flags, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = (await text(child.stdout)).split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as CliEvent).find(({ type }) => type === "result");
}

test.each(providerNames)(
  "Claude Code works unchanged with %s: it uses two tools, and goes on with a conversation",
  async (name) => {
    const scene = await openScene(name);
    scenes.push(scene);
    const folder = mkdtempSync(join(tmpdir(), "freehold-cli-"));
    folders.push(folder);
    chmodSync(folder, 0o777);
    const { call } = scene.prompts;
    const prompt = [
      call("Write", { file_path: "/workspace/out.txt", content: "höme" }),
      call("Bash", { command: "echo from-bash > bash.txt", description: "Says it" }),
    ].join(" ");
    const first = await claude({ scene, folder }, "-p", prompt);
    expect(first).toMatchObject({ is_error: false, result: expect.stringMatching(/./) });
    expect(readFileSync(join(folder, "out.txt"), "utf8")).toBe("höme");
    expect(readFileSync(join(folder, "bash.txt"), "utf8")).toBe("from-bash\n");
    const resumed = await claude({ scene, folder }, "-p", "hello again", "--resume", first?.session_id ?? "");
    expect(resumed).toMatchObject({ is_error: false, session_id: first?.session_id });
    // The tools, their results, and the resumed turn.
    expect((await scene.gateway.usageOf()).requests).toBeGreaterThanOrEqual(3);
  },
  180_000,
);
