import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { run } from "../../infra/setup/child.ts";
import type { Ended } from "../../infra/setup/child.ts";
import { setUp } from "../../infra/setup/index.ts";
import type { Toolchain } from "../../infra/setup/index.ts";
import { createProgress } from "../../infra/setup/progress.ts";
import { until } from "../support/until.ts";

const checkout = join(import.meta.dirname, "../..");
const name = `freehold-test-engine-${randomBytes(3).toString("hex")}`;
const LIMIT_MS = 300_000;
let folder: string;
let tools: Toolchain;

beforeAll(async () => {
  tools = await setUp(createProgress(process.stderr));
  folder = mkdtempSync(join(tmpdir(), "freehold-engine-"));
  mkdirSync(join(folder, "state"));
  cpSync(join(import.meta.dirname, "engine-program"), folder, { recursive: true });
  symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
  await must("stack", "init", "test");
  await must("config", "set", "name", name);
}, LIMIT_MS);

afterAll(async () => {
  await pulumi("destroy", "--yes", "--skip-preview");
  rmSync(folder, { recursive: true, force: true });
}, LIMIT_MS);

const environment = () => ({ ...process.env, ...tools.env, PULUMI_BACKEND_URL: `file://${join(folder, "state")}`, PULUMI_CONFIG_PASSPHRASE: "test" });

function pulumi(...argv: string[]): Promise<Ended> {
  const stack = argv[0] === "stack" ? [] : ["--stack", "test"];
  return run([tools.pulumi, ...argv, ...stack, "--non-interactive", "--color", "never"], { cwd: folder, env: environment() });
}

async function must(...argv: string[]): Promise<string> {
  const ended = await pulumi(...argv);
  if (ended.code !== 0) throw new Error(`pulumi ${argv.join(" ")}: ${ended.said}`);
  return ended.said;
}

const docker = (...argv: string[]): string => execFileSync("docker", argv, { encoding: "utf8" }).trim();
const inspect = (template: string, thing: string): string => docker("inspect", "--format", template, `${name}-${thing}`);
const everything = (): string =>
  [
    docker("ps", "-aq", "--filter", `name=${name}`),
    docker("network", "ls", "-q", "--filter", `name=${name}`),
    docker("volume", "ls", "-q", "--filter", `name=${name}`),
  ]
    .join("")
    .trim();

test(
  "a program's network, volume, container, image and commands come to life, and a second look finds nothing to change",
  async () => {
    expect(await must("up", "--yes", "--skip-preview")).toContain("line 2");
    expect(inspect("{{.State.Health.Status}} {{.HostConfig.Memory}}", "web")).toBe(`healthy ${64 * 1024 * 1024}`);
    expect(docker("exec", `${name}-web`, "cat", "/etc/freehold.conf")).toBe("uploaded");
    expect(await must("stack", "output", "said")).toContain("from the image: 7");
    expect(await must("preview", "--expect-no-changes")).toContain("unchanged");
    expect(await must("refresh", "--yes", "--expect-no-changes")).toContain("unchanged");
    docker("restart", "--time", "0", `${name}-web`);
    expect(await must("preview", "--refresh", "--expect-no-changes")).toContain("unchanged");
  },
  LIMIT_MS,
);

test(
  "a container removed by hand is drift, and comes back",
  async () => {
    docker("rm", "--force", `${name}-web`);
    expect((await pulumi("refresh", "--preview-only", "--expect-no-changes")).code).not.toBe(0);
    await must("up", "--yes", "--skip-preview", "--refresh");
    expect(inspect("{{.State.Running}}", "web")).toBe("true");
  },
  LIMIT_MS,
);

test(
  "a container that fails to come up is named with its last words, and leaves nothing behind",
  async () => {
    await must("config", "set", "broken", "true");
    const failed = await pulumi("up", "--yes", "--skip-preview");
    expect(failed.code).not.toBe(0);
    expect(failed.said).toContain("last words");
    expect(docker("ps", "-aq", "--filter", `name=${name}-broken`)).toBe("");
    await must("config", "rm", "broken");
    await must("up", "--yes", "--skip-preview");
  },
  LIMIT_MS,
);

test(
  "a policy pack written in TypeScript refuses a violation before anything is changed",
  async () => {
    const before = inspect("{{.Id}}", "web");
    await must("preview", "--policy-pack", "pack");
    await must("config", "set", "privileged", "true");
    const refused = await pulumi("up", "--yes", "--policy-pack", "pack");
    expect(refused.code).not.toBe(0);
    expect(refused.said).toContain("must not be privileged");
    expect(inspect("{{.Id}}", "web")).toBe(before);
    await must("config", "rm", "privileged");
  },
  LIMIT_MS,
);

/** The programs that run on behalf of this test's stack; each inherits the environment of the engine that started it. */
function running(): string[] {
  const told = (id: string, file: string): string => {
    try {
      return readFileSync(`/proc/${id}/${file}`, "utf8");
    } catch {
      // It has ended meanwhile.
      return "";
    }
  };
  const ours = readdirSync("/proc").filter((id) => /^\d+$/.test(id) && told(id, "environ").includes(`PULUMI_BACKEND_URL=file://${folder}/`));
  return ours.map((id) => `${id} ${told(id, "cmdline").replaceAll("\0", " ")}`);
}

test(
  "nothing that the engine started outlives it, even if it is killed",
  async () => {
    await must("preview");
    await until("all programs to end", () => running().length === 0);
    const engine = spawn(tools.pulumi, ["refresh", "--yes", "--stack", "test", "--non-interactive"], { cwd: folder, env: environment(), stdio: "ignore" });
    await until("the docker provider to start", () => running().some((program) => program.includes("terraform-provider-docker")), { timeoutMs: 60_000 });
    engine.kill("SIGKILL");
    await once(engine, "exit");
    await until("all programs to end", () => running().length === 0, { timeoutMs: 20_000 });
    await must("cancel", "--yes");
  },
  LIMIT_MS,
);

test(
  "destroy runs the delete command and leaves nothing",
  async () => {
    await must("destroy", "--yes", "--skip-preview");
    expect(everything()).toBe("");
    expect(existsSync(join(folder, "deleted"))).toBe(true);
  },
  LIMIT_MS,
);
