import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildCli, claude, cliFolder } from "./claude-cli.ts";
import { openScene, providerNames, type Scene } from "./scenes.ts";

const scenes: Scene[] = [];
const folders: string[] = [];

beforeAll(buildCli, 600_000);
afterAll(async () => {
  for (const scene of scenes) await scene.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test.each(providerNames)(
  "Claude Code works unchanged with %s: it uses two tools, and goes on with a conversation",
  async (name) => {
    const scene = await openScene(name);
    scenes.push(scene);
    const folder = cliFolder();
    folders.push(folder);
    const environment = { ANTHROPIC_BASE_URL: scene.gateway.url, ANTHROPIC_AUTH_TOKEN: scene.key, CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: "1" };
    const { call } = scene.prompts;
    const prompt = [
      call("Write", { file_path: "/workspace/out.txt", content: "höme" }),
      call("Bash", { command: "echo from-bash > bash.txt", description: "Says it" }),
    ].join(" ");
    const first = await claude({ folder, environment }, "-p", prompt);
    expect(first).toMatchObject({ is_error: false, result: expect.stringMatching(/./) });
    expect(readFileSync(join(folder, "out.txt"), "utf8")).toBe("höme");
    expect(readFileSync(join(folder, "bash.txt"), "utf8")).toBe("from-bash\n");
    const resumed = await claude({ folder, environment }, "-p", "hello again", "--resume", first?.session_id ?? "");
    expect(resumed).toMatchObject({ is_error: false, session_id: first?.session_id });
    // The tools, their results, and the resumed turn.
    expect((await scene.gateway.usageOf()).requests).toBeGreaterThanOrEqual(3);
  },
  180_000,
);
