import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startGateway, type TestGateway } from "../testing/fixtures.ts";
import { startOpenAiSimulator, type OpenAiSimulator } from "../testing/openai-simulator.ts";

/** A Docker image that has Claude Code; without one these tests are skipped. */
const image = process.env["FREEHOLD_JOB_IMAGE"];

interface CliEvent {
  type: string;
  is_error?: boolean;
  result?: string;
  session_id?: string;
}

(image === undefined ? describe.skip : describe)("Claude Code by way of a provider that speaks OpenAI's dialect", () => {
  let simulator: OpenAiSimulator;
  let gateway: TestGateway;
  let key: string;
  const workspace = mkdtempSync(join(tmpdir(), "freehold-cli-"));

  beforeAll(async () => {
    chmodSync(workspace, 0o777);
    simulator = await startOpenAiSimulator();
    const providers = [
      {
        name: "simulation",
        kind: "openai",
        baseUrl: simulator.url,
        keys: [{ value: simulator.key }],
        chat: { service: "openai" },
        models: { aliases: { "claude-*": "simulated-large" } },
      },
    ];
    gateway = await startGateway({ GATEWAY_CONFIG: JSON.stringify({ providers }) });
    ({ key } = await gateway.mint({ jobId: "cli" }));
  });
  afterAll(async () => {
    await gateway.close();
    await simulator.close();
    rmSync(workspace, { recursive: true, force: true });
  });

  function claude(...args: string[]): Promise<CliEvent[]> {
    const environment = { HOME: "/workspace", ANTHROPIC_BASE_URL: gateway.url, ANTHROPIC_AUTH_TOKEN: key, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" };
    const flags = Object.entries(environment).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const run = ["run", "--rm", "--network", "host", "-v", `${workspace}:/workspace`, "-w", "/workspace", ...flags, "--entrypoint", "claude", image ?? ""];
    return new Promise((resolve, reject) => {
      const child = spawn(
        "docker",
        [...run, "--output-format", "stream-json", "--verbose", "--permission-mode", "acceptEdits", "--allowedTools", "Write,Read,Bash", ...args],
        {
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      let out = "";
      let err = "";
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
      child.on("error", reject);
      child.on("close", () => {
        try {
          resolve(
            out
              .split("\n")
              .filter((line) => line.startsWith("{"))
              .map((line) => JSON.parse(line) as CliEvent),
          );
        } catch (cause) {
          reject(new Error(err, { cause }));
        }
      });
    });
  }

  test("uses tools, several at once, and goes on with a conversation", async () => {
    const prompt = '[[call:Write {"file_path":"/workspace/out.txt","content":"höme"}]] [[call:Bash {"command":"echo from-bash","description":"Says it"}]]';
    const events = await claude("-p", prompt);
    const result = events.find(({ type }) => type === "result");
    expect([result?.is_error, result?.result]).toEqual([false, expect.stringContaining("The tool answered")]);
    expect(readFileSync(join(workspace, "out.txt"), "utf8")).toBe("höme");
    const bodies = simulator.seen.map(({ body }) => body).join("\n");
    expect(bodies).toContain("from-bash");
    const resumed = await claude("-p", "hello again", "--resume", result?.session_id ?? "");
    expect(resumed.find(({ type }) => type === "result")).toMatchObject({ is_error: false, result: expect.stringContaining("hello again") });
    expect(await gateway.usageOf("cli")).toMatchObject({ providers: ["simulation"] });
  }, 120_000);
});
