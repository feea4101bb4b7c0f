import { join } from "node:path";
import { createBoxHome, type BoxHome } from "../../tests/support/box-home.ts";
import { docker } from "../../tests/support/job-place.ts";
import { until } from "../../tests/support/until.ts";
import { cpuSecondsOf, memoryMbOf, startPlain } from "./plain.ts";
import type { Figures } from "./report.ts";

const root = join(import.meta.dirname, "../..");
const adminToken = "admin-of-this-bench";
const readyMs = 1_200_000;

/** A home's gateway with the rehearsal model, and one container at a time beside it. */
export interface Place {
  /** The same image and configuration, without a limit or a wall. */
  plain(): Promise<Figures>;
  tenant(wanted: { memoryMb: number; env: Record<string, string>; turns: number }): Promise<Figures>;
  remove(): void;
}

export async function createPlace(image: string): Promise<Place> {
  const sources = ["--volume", `${root}:/app:ro`, "--workdir", "/app", "--user", "1000:1000", "--env", "HOST=0.0.0.0"];
  const gateway = [
    "--env",
    `GATEWAY_ADMIN_TOKEN=${adminToken}`,
    "--env",
    "REHEARSAL_URL=http://model:4020",
    "node:24-trixie-slim",
    "node",
    "runtime/gateway/src/main.ts",
  ];
  const home = createBoxHome("bench", { tenantImage: image, range: "10.218", members: { gateway: [...sources, ...gateway], edge: [image, "sleep", "36000"] } });
  const model = ["--network", `${home.prefix}-core`, "--network-alias", "model", ...sources, "node:24-trixie-slim", "node", "runtime/model/src/main.ts"];
  docker("run", "--detach", "--init", "--name", `${home.prefix}-model`, ...model);
  let made = 0;
  return {
    plain: () => plain(home, image),
    tenant: (wanted) => tenant(home, `u${made++}x`, wanted),
    remove: () => home.remove(),
  };
}

async function plain(home: BoxHome, image: string): Promise<Figures> {
  // The tenant's own configuration, in a home of its own.
  await home.box.prepare(home.plan("plain"));
  const { readyAfterMs, cpuSeconds } = await startPlain(home, { id: "plain", image });
  const memoryMb = await settled(home, `${home.prefix}-plain`);
  docker("rm", "--force", `${home.prefix}-plain`);
  await home.box.erase("plain");
  return { readyAfterMs, startCpuSeconds: cpuSeconds, memoryMb };
}

async function tenant(home: BoxHome, id: string, { memoryMb, env, turns }: { memoryMb: number; env: Record<string, string>; turns: number }): Promise<Figures> {
  const plan = home.plan(id, { memoryMb, cpus: 0.5 });
  const FREEHOLD_KEY = await until("the gateway", () => keyOf(home, id), { timeoutMs: 120_000, everyMs: 500 });
  const began = performance.now();
  await home.box.prepare({ ...plan, env: { ...plan.env, FREEHOLD_KEY, ...env } });
  const preparedAt = performance.now();
  await home.box.start({ ...plan, env: { ...plan.env, FREEHOLD_KEY, ...env } });
  const startedAt = performance.now();
  await until("the tenant", () => home.box.isReady(id), { timeoutMs: readyMs, everyMs: 100 });
  const figures: Figures = {
    readyAfterMs: performance.now() - began,
    prepareMs: preparedAt - began,
    startMs: startedAt - preparedAt,
    startCpuSeconds: await cpuSecondsOf(home, home.nameOf(id)),
    memoryMb: await settled(home, home.nameOf(id)),
  };
  const pauses = [];
  for (let count = 0; count < 20; count++) pauses.push(await pause(home, id));
  const answers = [];
  for (let turn = 0; turn < turns; turn++) answers.push(await ask(home, id, plan.env["OPENCLAW_GATEWAY_TOKEN"] ?? ""));
  const peakMb = Math.round((((await home.engine.stats(home.nameOf(id)))?.memory_stats as { max_usage?: number } | undefined)?.max_usage ?? 0) / 2 ** 20);
  const after = (await home.box.list()).find((box) => box.id === id);
  const stopBegan = performance.now();
  await home.box.stop(id, 30_000);
  const stopMs = performance.now() - stopBegan;
  await home.box.erase(id);
  const middle = (numbers: number[]) => numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? 0;
  return {
    ...figures,
    pauseMs: middle(pauses.map(({ pausedMs }) => pausedMs)),
    unpauseMs: middle(pauses.map(({ resumedMs }) => resumedMs)),
    turnMs: answers,
    peakMb,
    killed: after?.state !== "running",
    stopMs,
  };
}

async function pause({ box }: BoxHome, id: string): Promise<{ pausedMs: number; resumedMs: number }> {
  const began = performance.now();
  await box.pause(id);
  const paused = performance.now();
  await box.unpause(id);
  return { pausedMs: paused - began, resumedMs: performance.now() - paused };
}

/** Memory when its start has died away. Units: MiB. */
async function settled(home: BoxHome, container: string): Promise<number> {
  await new Promise((done) => setTimeout(done, 20_000));
  return memoryMbOf(home, container);
}

function keyOf(home: BoxHome, id: string): string | undefined {
  const headers = ["--header", `authorization: Bearer ${adminToken}`, "--header", "content-type: application/json"];
  const said = home.inside(
    `${home.prefix}-edge`,
    "curl",
    "--silent",
    ...headers,
    "--data",
    JSON.stringify({ name: `tenant/${id}` }),
    `http://${home.prefix}-gateway:4010/admin/keys`,
  );
  return (JSON.parse(said) as { key?: string }).key;
}

/** One turn through the tenant's own API, as the edge would pass it on. Units: milliseconds, negative where it was not answered. */
async function ask(home: BoxHome, id: string, token: string): Promise<number> {
  const headers = ["--header", `authorization: Bearer ${token}`, "--header", "x-forwarded-for: 203.0.113.9", "--header", "content-type: application/json"];
  const body = JSON.stringify({ model: "openclaw", messages: [{ role: "user", content: "hi" }] });
  const began = performance.now();
  const said = home.inside(
    `${home.prefix}-edge`,
    "curl",
    "--silent",
    "--max-time",
    "55",
    "--write-out",
    " %{http_code}",
    ...headers,
    "--data",
    body,
    `http://tenant-${id}:18789/v1/chat/completions`,
  );
  return said.endsWith(" 200") ? performance.now() - began : began - performance.now();
}
