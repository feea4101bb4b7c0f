import { execFileSync, spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openScene, providerNames, type Scene } from "./scenes.ts";

const image = "freehold/python-clients:test";
const folder = join(import.meta.dirname, "python");
const scenes: Scene[] = [];

beforeAll(() => {
  execFileSync("docker", ["build", "--quiet", "--tag", image, folder], { stdio: ["ignore", "ignore", "pipe"] });
}, 600_000);
afterAll(async () => {
  for (const scene of scenes) await scene.close();
});

/** Runs the promises in their container; the gateway is on this machine's loopback. */
async function keepPromises(environment: Record<string, string>): Promise<{ code: number | null; out: string; err: string }> {
  const variables = Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const child = spawn("docker", ["run", "--rm", "--interactive", "--network", "host", ...variables, image], { stdio: ["pipe", "pipe", "pipe"] });
  createReadStream(join(folder, "promises.py")).pipe(child.stdin);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}

test.each(providerNames)(
  "the official Python clients work unchanged with %s",
  async (name) => {
    const scene = await openScene(name);
    scenes.push(scene);
    const { prompts } = scene;
    const { code, out, err } = await keepPromises({
      GATEWAY_URL: scene.gateway.url,
      GATEWAY_KEY: scene.key,
      TOOL_PROMPT: prompts.call("Bash", { command: "echo hi" }),
      ERROR_PROMPT: prompts.refusal,
      HANG_PROMPT: prompts.silence,
      COUNTS: prompts.counts ? "yes" : "no",
    });
    expect([code, err, out.split("\n").filter((line) => line !== "" && !line.startsWith("kept: "))]).toEqual([0, "", []]);
    expect(out.match(/^kept: /gm)?.length).toBe(23);
  },
  90_000,
);
