import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildStandIn } from "../support/box-home.ts";
import type { Attempt } from "../support/break-out/attempt.ts";
import { fileAttempts, gatewayAttempts, kernelAttempts, rightAttempts, shareAttempts } from "../support/break-out/inside.ts";
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
}, 600_000);
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

test("the processors are shared by its limit, however many processes it starts", async () => {
  const { box } = scene.home;
  await box.usage("mallory");
  await scene.run(`perl -e 'for(1..4){fork()||do{my $t=time;1 while time-$t<4;exit}}wait for 1..4'`, "tenant");
  const { cpuPercent } = await box.usage("mallory");
  expect(cpuPercent).toBeGreaterThan(0);
  // Its share is half a processor; what is above is Docker's own measure of time.
  expect(cpuPercent).toBeLessThan(60);
}, 60_000);

test("a flood of its log stays within three files of 10 MB", async () => {
  await scene.run("head -c 60M /dev/zero | tr '\\0' 'x' | fold -w 1000 >/proc/1/fd/1", "tenant");
  const shown = execFileSync("sh", ["-c", `docker logs ${scene.home.nameOf("mallory")} 2>/dev/null | wc -c`], { encoding: "utf8" });
  expect(Number(shown)).toBeGreaterThan(5_000_000);
  expect(Number(shown)).toBeLessThan(32_000_000);
  expect((await scene.home.box.logs("mallory", 3)).length).toBeLessThan(10_000);
}, 60_000);

test("many files, and many empty ones, are seen as what they take of its disk", async () => {
  const { box } = scene.home;
  const before = await box.diskMb("mallory");
  await scene.run("cd $HOME/.openclaw && mkdir many && for i in 1 2; do head -c 40M /dev/zero >many/$i; done", "tenant");
  expect((await box.diskMb("mallory")) - before).toBeGreaterThanOrEqual(80);
  await scene.run(`cd $HOME/.openclaw && rm -r many && mkdir empty && perl -e 'for(1..6000){open(my $f,">","empty/$_")}'`, "tenant");
  expect((await box.diskMb("mallory")) - before).toBeGreaterThanOrEqual(20);
}, 60_000);

test("more than its share of processes, files and memory is refused, and the sibling notices nothing", async () => {
  const attempts = shareAttempts(memoryMb);
  const through: string[] = [];
  // One after the other: each leaves no room for others while it lasts, and the last may end the tenant.
  for (const { what, run, works } of attempts) {
    if ("never" in works) continue;
    const [inside, outside] = [await scene.run(run, "tenant"), await scene.run(works.run ?? run, works.from)];
    if (inside.includes("BROKE OUT") || !outside.includes("BROKE OUT")) through.push(`${what}: ${inside.slice(0, 200)} / ${outside.slice(0, 200)}`);
  }
  expect(through).toEqual([]);
  expect(await scene.home.box.isReady("alice")).toBe(true);
}, 120_000);
