import { execFileSync, spawn } from "node:child_process";
import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { agent } from "./testing/gemini-answers.ts";
import { bridgeToken, geminiKey, present, startBridge, type TestBridge } from "./testing/fixtures.ts";
import { quotaExhausted } from "./testing/google-refusal.ts";

const image = "freehold/job:test";
let bridge: TestBridge;
let folder: string;

beforeAll(async () => {
  execFileSync("docker", ["build", "--quiet", "--tag", image, join(import.meta.dirname, "../../images/job")], { stdio: ["ignore", "ignore", "pipe"] });
  folder = mkdtempSync(join(tmpdir(), "freehold-bridge-cli-"));
  chownSync(folder, 1_000, 1_000);
  bridge = await startBridge({ environment: { GEMINI_API_KEY: geminiKey } });
}, 600_000);
afterAll(async () => {
  await bridge.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Event {
  type: string;
  subtype?: string;
  is_error?: boolean;
  result?: string;
  api_error_status?: number | null;
}

/** Runs the real CLI in its image, as a job does; it meets the bridge on this machine's loopback. */
async function claude(prompt: string, environment: Record<string, string> = {}): Promise<{ events: Event[]; result: Event }> {
  const variables = Object.entries({
    ANTHROPIC_BASE_URL: bridge.url,
    ANTHROPIC_AUTH_TOKEN: bridgeToken,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    HOME: "/tmp",
    ...environment,
  }).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const box = ["run", "--rm", "--network", "host", "--memory", "768m", "--user", "1000:1000", "--volume", `${folder}:/workspace`, ...variables, image];
  const child = spawn("docker", [...box, "claude", "-p", prompt, "--output-format", "stream-json", "--verbose", "--permission-mode", "bypassPermissions"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const events = (await text(child.stdout))
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Event);
  return { events, result: present(events.find(({ type }) => type === "result")) };
}

test("the real Claude Code works through the bridge: it thinks, says something, calls a tool, and the file is there", async () => {
  bridge.gemini.script(agent);
  const { result } = await claude("Please do this: [[write:/workspace/out.txt|written through the bridge]]");
  expect(result).toMatchObject({ subtype: "success", is_error: false, result: expect.stringMatching(/^\[simulated Gemini\] done: .*out\.txt/) });
  expect(readFileSync(join(folder, "out.txt"), "utf8")).toBe("written through the bridge");
  expect(bridge.gemini.refusals).toEqual([]);
  // What Gemini thought was signed, and came back.
  const called = bridge.gemini.calls.at(-1)?.request.contents.flatMap(({ parts }) => parts.filter(({ functionCall }) => functionCall !== undefined)) ?? [];
  expect(called).toMatchObject([{ functionCall: { id: "call1", name: "Write" }, thoughtSignature: expect.any(String) }]);
  expect(called[0]?.thoughtSignature).not.toBe("skip_thought_signature_validator");
}, 120_000);

test("a day's quota ends the real Claude Code at once, with one request, instead of three minutes of asking again", async () => {
  let asked = 0;
  bridge.gemini.script(() => {
    asked += 1;
    throw quotaExhausted({ quotaIds: ["GenerateRequestsPerDayPerProjectPerModel-FreeTier"], limit: "20", model: "gemini-3.8-flash", retryDelay: "46s" });
  });
  const { result } = await claude("hello");
  expect([result.is_error, result.api_error_status, asked]).toEqual([true, 429, 1]);
  expect(result.result).toContain("The day's quota of gemini-3.8-flash is used up");
}, 120_000);
