import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createModelApp } from "../../../model/src/app.ts";
import { startGateway, type TestGateway } from "../testing/fixtures.ts";
import { startOpenAiSimulator, type OpenAiSimulator } from "../testing/openai-simulator.ts";

/** A Python that has the packages `anthropic` and `openai`, of which 2.12.0 and 3.54.0 were tried; without one these tests are skipped. */
const python = process.env["FREEHOLD_PYTHON_CLIENTS"];

function run(environment: Record<string, string>): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(python ?? "", [join(import.meta.dirname, "../testing/python_clients.py")], { env: { PATH: process.env["PATH"], ...environment } });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out }));
  });
}

(python === undefined ? describe.skip : describe)("the official Python clients", () => {
  let simulator: OpenAiSimulator;
  const model = createServer(createModelApp({ log: createLog("model", "error"), metrics: createMetrics(), ready: async () => {} }));
  const gateways: TestGateway[] = [];

  beforeAll(async () => {
    simulator = await startOpenAiSimulator();
    await new Promise<void>((resolve) => model.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway.close();
    await simulator.close();
    await new Promise((resolve) => model.close(resolve));
  });

  const keep = async (environment: Record<string, string>, prompts: Record<string, string>) => {
    const gateway = await startGateway(environment);
    gateways.push(gateway);
    const { code, out } = await run({ GATEWAY_URL: gateway.url, GATEWAY_KEY: (await gateway.mint()).key, ...prompts });
    expect([
      code,
      out
        .split("\n")
        .filter((line) => !line.startsWith("kept: "))
        .join("\n"),
    ]).toEqual([0, ""]);
    expect(out.match(/^kept: /gm)?.length).toBe(23);
  };

  test("work with a provider that speaks Anthropic's dialect", async () => {
    const url = `http://127.0.0.1:${(model.address() as AddressInfo).port}`;
    await keep({ REHEARSAL_URL: url }, { TOOL_PROMPT: "[[bash:echo hi]]", ERROR_PROMPT: "[[error:400]]", HANG_PROMPT: "[[sleep:3]]" });
  }, 60_000);

  test("work with a provider that speaks OpenAI's dialect", async () => {
    const providers = [{ name: "simulation", kind: "openai", baseUrl: simulator.url, keys: [{ value: simulator.key }] }];
    const prompts = { TOOL_PROMPT: '[[call:Bash {"command":"echo hi"}]]', ERROR_PROMPT: "[[error:400]]", HANG_PROMPT: "[[hang]]" };
    await keep({ GATEWAY_CONFIG: JSON.stringify({ providers }) }, prompts);
  }, 60_000);
});
