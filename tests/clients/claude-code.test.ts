import { existsSync, readFileSync, rmSync } from "node:fs";
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

interface ModelList {
  data: { id: string }[];
}

function learntModels(folder: string): string[] {
  const file = join(folder, ".claude/cache/gateway-models.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { models: { id: string }[] }).models.map(({ id }) => id) : [];
}

test.each(providerNames)(
  "Claude Code works unchanged with %s: it learns the models, uses two tools, and goes on with a conversation",
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
    // What it has learnt is kept by the CLI for its choice of models, where none of another maker has a place.
    const { data } = (await (await fetch(`${scene.gateway.url}/v1/models?limit=1000`, { headers: { "x-api-key": scene.key } })).json()) as ModelList;
    const ofItsMaker = data.filter(({ id }) => /claude|anthropic/.test(id)).map(({ id }) => id);
    expect(learntModels(folder)).toEqual(ofItsMaker);
    const resumed = await claude({ folder, environment }, "-p", "hello again", "--resume", first?.session_id ?? "");
    expect(resumed).toMatchObject({ is_error: false, session_id: first?.session_id });
    // The tools, their results, and the resumed turn.
    expect((await scene.gateway.usageOf()).requests).toBeGreaterThanOrEqual(3);
  },
  180_000,
);
