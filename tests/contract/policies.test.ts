import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { packConfig } from "../../policies/config.ts";

jest.setTimeout(180_000);

const root = join(import.meta.dirname, "../..");
const prefix = `freehold-test-policies-${process.pid}`;

/** A program whose container differs from a good one by the JSON in CHANGE; with LATER its privileges are known only in the update. */
const program = `
import * as docker from "@pulumi/docker";
const { PREFIX: prefix, IMAGE: image, CHANGE: change = "{}", LATER: later } = process.env;
const volume = new docker.Volume("data", { name: prefix + "-data" });
const unknown = later === undefined ? {} : { privileged: volume.mountpoint.apply(() => false) };
new docker.Container("web", {
  name: prefix + "-web",
  image,
  command: ["sleep", "infinity"],
  mounts: [{ type: "volume", source: volume.name, target: "/data" }],
  memory: 64,
  memorySwap: 64,
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  init: true,
  restart: "unless-stopped",
  logDriver: "json-file",
  logOpts: { "max-size": "1m", "max-file": "1" },
  ...JSON.parse(change),
  ...unknown,
}, { deleteBeforeReplace: true });
`;

interface Ended {
  code: number;
  output: string;
}

let folder = "";
let image = "";

const run = async (command: string, argv: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = execFile(command, argv, { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number")
        reject(new Error(`${command} did not run; \`npm test\` brings the Pulumi engine along.`, { cause: error }));
      else resolve({ code: child.exitCode ?? 1, output: stdout + stderr });
    });
  });

const pulumi = async (argv: readonly string[], env: Record<string, string> = {}) =>
  run("pulumi", [...argv, "--non-interactive", "--color", "never"], {
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PREFIX: prefix,
    IMAGE: image,
    ...env,
  });

const guarded = (memoryMb = 1_024) => {
  const config = join(folder, `config-${memoryMb}.json`);
  writeFileSync(config, JSON.stringify(packConfig({ place: "local", memoryMb })));
  return ["--stack", "dev", "--policy-pack", join(root, "policies"), "--policy-pack-config", config];
};

/** What Docker has of this test. */
async function made(): Promise<string[]> {
  const names = await Promise.all([
    run("docker", ["ps", "--all", "--filter", `name=${prefix}`, "--format", "{{.Names}}"]),
    run("docker", ["volume", "ls", "--filter", `name=${prefix}`, "--format", "{{.Name}}"]),
  ]);
  return names.flatMap(({ output }) => output.split("\n").filter(Boolean));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "freehold-test-policies-"));
  mkdirSync(join(folder, "state"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    "name: policies-test\nmain: main.ts\nruntime: { name: nodejs, options: { typescript: false, packagemanager: npm } }\n",
  );
  writeFileSync(join(folder, "main.ts"), program);
  const inspected = await run("docker", ["image", "inspect", "--format", "{{.Id}}", "debian:trixie-slim"]);
  expect(inspected).toMatchObject({ code: 0 });
  image = inspected.output.trim();
  expect(await pulumi(["stack", "init", "dev"])).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await pulumi(["destroy", "--yes", "--skip-preview", "--stack", "dev"]);
  const left = await made();
  rmSync(folder, { recursive: true });
  expect(left).toEqual([]);
});

test.each([
  ["a preview", ["preview"]],
  ["an update", ["up", "--yes"]],
])("a privileged container is refused in %s before anything is created, with the cure", async (_what, command) => {
  const { code, output } = await pulumi([...command, ...guarded()], { CHANGE: '{"privileged":true}' });
  expect(code).not.toBe(0);
  expect(output).toContain("[mandatory]  container-privileged  (docker:index/container:Container: web)");
  expect(output).toContain("web (docker:index/container:Container): A container must not be privileged: it would own its host.");
  expect(output).toMatch(/found: privileged = true\n +limit: false or not set\n +cure: {2}Remove `privileged`;/);
  expect(await made()).toEqual([]);
});

test("a value that the preview can't know is refused rather than passed over", async () => {
  const { code, output } = await pulumi(["preview", ...guarded()], { LATER: "1" });
  expect(code).not.toBe(0);
  expect(output).toContain("found: privileged: not known before the update");
  expect(output).not.toContain("can't run policy");
});

test("containers that are too large for the home together are refused in a preview", async () => {
  const { code, output } = await pulumi(["preview", ...guarded(63)]);
  expect(code).not.toBe(0);
  expect(output).toContain("limit: 63 MB (the pack's setting homeMemoryMb)");
});

test("a good container passes preview and update, a second update changes nothing, and the running stack passes an analysis", async () => {
  expect(await pulumi(["preview", ...guarded()])).toMatchObject({ code: 0 });
  expect(await pulumi(["up", "--yes", "--skip-preview", ...guarded()])).toMatchObject({ code: 0 });
  expect(await made()).toEqual([`${prefix}-web`, `${prefix}-data`]);
  expect(await pulumi(["preview", "--expect-no-changes", ...guarded()])).toMatchObject({ code: 0 });
  expect(await pulumi(["policy", "analyze", ...guarded()])).toMatchObject({ code: 0 });
  const analysis = await pulumi(["policy", "analyze", ...guarded(63)]);
  expect(analysis.code).not.toBe(0);
  expect(analysis.output).toContain("[mandatory]  home-memory  (pulumi:pulumi:Stack: policies-test-dev)");
});

test("a running container that becomes privileged is refused even by an update without preview, and runs on as it was", async () => {
  const { code } = await pulumi(["up", "--yes", "--skip-preview", ...guarded()], { CHANGE: '{"privileged":true}' });
  expect(code).not.toBe(0);
  const { output } = await run("docker", ["inspect", "--format", "{{.State.Running}} {{.HostConfig.Privileged}}", `${prefix}-web`]);
  expect(output).toBe("true false\n");
});
