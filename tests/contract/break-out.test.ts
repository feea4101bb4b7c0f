import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildStandIn } from "../support/box-home.ts";
import type { Attempt } from "../support/break-out/attempt.ts";
import { fileAttempts, gatewayAttempts, kernelAttempts, rightAttempts } from "../support/break-out/inside.ts";
import { networkAttempts, offlineAttempts, proxyAttempts } from "../support/break-out/network.ts";
import { createScene, type Scene } from "../support/break-out/scene.ts";

/** Attempts to break out of a tenant's container; `FREEHOLD_TENANT_IMAGE` names one with the real OpenClaw, which then runs. */
const real = process.env["FREEHOLD_TENANT_IMAGE"];
const memoryMb = real === undefined ? 256 : 1_280;
const atOnce = 4;

let scene: Scene;

beforeAll(async () => {
  const standIn = buildStandIn();
  scene = await createScene(real ?? standIn, memoryMb);
}, 300_000);
afterAll(() => scene?.remove(), 60_000);

/** Each attempt from the tenant and, with the same words, from where it works. Shape: what came through, and what worked nowhere. */
async function tried(attempts: readonly Attempt[], from: "tenant" | "offline" = "tenant") {
  const through: string[] = [];
  const proveNothing: string[] = [];
  const waiting = [...attempts];
  const one = async ({ what, run, works }: Attempt) => {
    const [inside, outside] = await Promise.all([scene.run(run, from), "never" in works ? "BROKE OUT" : scene.run(works.run ?? run, works.from)]);
    if (inside.includes("BROKE OUT") || !inside.includes("tried")) through.push(`${what}: ${inside.slice(0, 300)}`);
    if (!outside.includes("BROKE OUT")) proveNothing.push(`${what}: ${outside.slice(0, 300)}`);
  };
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await one(next);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { attempts: attempts.length, through, proveNothing };
}

const nothing = (attempts: readonly Attempt[]) => ({ attempts: attempts.length, through: [], proveNothing: [] });

test("no attempt on the network comes through", async () => {
  const attempts = networkAttempts(scene.targets);
  expect(await tried(attempts)).toEqual(nothing(attempts));
}, 120_000);

test("no attempt through the proxy reaches anything but the Internet", async () => {
  const attempts = proxyAttempts(scene.targets);
  expect(await tried(attempts)).toEqual(nothing(attempts));
  expect(await scene.run(`proxied http://${scene.targets.internet}/`, "tenant")).toContain("BROKE OUT");
}, 120_000);

test("a tenant without Internet does not reach the proxy", async () => {
  expect(await tried(offlineAttempts, "offline")).toEqual(nothing(offlineAttempts));
}, 60_000);

test("no attempt on the kernel comes through", async () => {
  expect(await tried(kernelAttempts)).toEqual(nothing(kernelAttempts));
}, 120_000);

test("no attempt on files and devices comes through", async () => {
  const attempts = fileAttempts(scene.targets);
  expect(await tried(attempts)).toEqual(nothing(attempts));
}, 60_000);

test("no attempt to gain rights or secrets comes through", async () => {
  const attempts = rightAttempts(scene.targets);
  expect(await tried(attempts)).toEqual(nothing(attempts));
}, 60_000);

test("the gateway refuses all but its own key within its budget", async () => {
  const attempts = gatewayAttempts(scene.targets);
  expect(await tried(attempts)).toEqual(nothing(attempts));
}, 60_000);
