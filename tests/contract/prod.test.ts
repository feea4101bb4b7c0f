import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { homeFacts } from "../../infra/home-facts.ts";
import { addresses } from "../../infra/rehearsal/addresses.ts";
import type { Clouds } from "../../infra/rehearsal/clouds.ts";
import { run, type Ended } from "../../infra/setup/child.ts";
import { setUp, type Toolchain } from "../../infra/setup/index.ts";
import { createProgress } from "../../infra/setup/progress.ts";
import { parseSettings } from "../../infra/settings.ts";
import { cloudConfiguration } from "../../infra/testing/captured.ts";
import { packConfig, stateConfig } from "../../policies/config.ts";

// The whole production program, unchanged, by the real engine with the real policies, against simulated clouds. Docker on the machine is simulated, too.
jest.setTimeout(600_000);

const checkout = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "freehold-test-prod-"));
const cloudsFile = join(folder, "clouds.json");
let tools: Toolchain;
let provider: ChildProcess | undefined;
let port = "";

async function startClouds(faults = ""): Promise<void> {
  provider?.kill();
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(checkout, "infra/rehearsal/provider.ts")], {
    env: { ...process.env, FREEHOLD_CLOUDS: cloudsFile, FREEHOLD_FAULTS: faults },
    stdio: ["pipe", "pipe", "inherit"],
  });
  provider = child;
  port = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
}

async function pulumi(...argv: string[]): Promise<Ended> {
  const attached = ["oci", "gcp", "cloudflare", "docker", "command"].map((name) => `${name}:${port}`).join(",");
  const env = {
    ...process.env,
    ...tools.env,
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_DEBUG_PROVIDERS: attached,
    FREEHOLD_HOME: join(folder, "data"),
  };
  return run([tools.pulumi, ...argv, "--stack", "prod", "--non-interactive", "--color", "never"], { cwd: folder, env });
}

async function must(...argv: string[]): Promise<string> {
  const ended = await pulumi(...argv);
  if (ended.code !== 0) throw new Error(`pulumi ${argv.join(" ")}: ${ended.said}`);
  return ended.said;
}

/** Writes the stack's settings, and those of the policies that follow from them. */
function configure(changes: Record<string, unknown> = {}): void {
  const configuration = cloudConfiguration(changes);
  const lines = Object.entries(configuration).map(([name, value]) => `  ${name}: ${value}`);
  const salt = existsSync(join(folder, "Pulumi.prod.yaml"))
    ? (/^encryptionsalt:.*$/m.exec(readFileSync(join(folder, "Pulumi.prod.yaml"), "utf8"))?.[0] ?? "")
    : "";
  writeFileSync(join(folder, "Pulumi.prod.yaml"), `${salt}\nconfig:\n${lines.join("\n")}\n`);
  writeFileSync(join(folder, "policies.json"), JSON.stringify(packConfig(homeFacts(parseSettings("prod", configuration)))));
}

const guarded = ["--policy-pack", join(checkout, "policies"), "--policy-pack-config", join(folder, "policies.json")];
const up = () => must("up", "--yes", "--skip-preview", ...guarded);
const inClouds = (type: string) =>
  Object.values((JSON.parse(readFileSync(cloudsFile, "utf8")) as Clouds).resources).filter((resource) => resource.type === type);
const vms = () => inClouds("oci:Core/instance:Instance").map(({ id }) => id);

beforeAll(async () => {
  tools = await setUp(createProgress(process.stderr));
  for (const name of ["infra", "policies", "runtime", "node_modules", "package.json", "package-lock.json", "tsconfig.json"])
    symlinkSync(join(checkout, name), join(folder, name));
  writeFileSync(join(folder, "Pulumi.yaml"), readFileSync(join(checkout, "Pulumi.yaml")));
  mkdirSync(join(folder, "state"));
  mkdirSync(join(folder, "data/keys"), { recursive: true });
  writeFileSync(join(folder, "data/keys/prod.key"), "k".repeat(43));
  configure();
  await startClouds();
  await must("stack", "init");
}, 300_000);

afterAll(() => {
  provider?.kill();
  rmSync(folder, { recursive: true, force: true });
});

test("a preview of a home that is not there yet passes the policies, though it can't know the machine's address", async () => {
  const said = await must("preview", ...guarded);
  expect(said).toContain("oci:Core:Instance");
  expect(said).not.toMatch(/violations|can't run policy/);
});

test("up makes it, and a second one changes nothing", async () => {
  await up();
  expect(vms()).toHaveLength(1);
  expect(inClouds("docker:index/container:Container").length).toBeGreaterThan(10);
  expect(await must("preview", "--expect-no-changes", ...guarded)).toContain("unchanged");
  expect(readFileSync(join(folder, "data/ssh/freehold-prod/config"), "utf8")).toContain(`HostName ${addresses.home}`);
});

test("what runs passes the policies without the program being run", async () => {
  const facts = homeFacts(parseSettings("prod", cloudConfiguration()));
  const analyze = async (config: object) => {
    writeFileSync(join(folder, "state-policies.json"), JSON.stringify(config));
    return pulumi("policy", "analyze", ...guarded.slice(0, 3), join(folder, "state-policies.json"));
  };
  expect(await analyze(stateConfig(facts))).toMatchObject({ code: 0 });
  // It judges what is there, region included.
  const elsewhere = await analyze(stateConfig({ ...facts, homeRegion: "us-ashburn-1" }));
  expect(elsewhere.code).not.toBe(0);
  expect(elsewhere.said).toContain("region = eu-zurich-1");
});

/** Each takes several runs of the engine: `FREEHOLD_TEST_PROD=1 npm test -- tests/contract/prod` runs them, too. */
const thorough = process.env["FREEHOLD_TEST_PROD"] === "1" ? test : test.skip;

thorough("a new image, other user data or another rule of the firewall never make a new VM", async () => {
  const [vm] = vms();
  configure({ imageId: "ocid1.image.oc1.eu-zurich-1.newer", sshPublicKey: "ssh-ed25519 AAAA owner", adminCidrs: ["198.51.100.7/32", "203.0.113.0/24"] });
  const said = await must("preview", "--diff", ...guarded);
  expect(said).not.toMatch(/replace|machine-vm/);
  await up();
  expect(vms()).toEqual([vm]);
  const [list] = inClouds("oci:Core/defaultSecurityList:DefaultSecurityList");
  expect(JSON.stringify(list?.inputs)).toContain("203.0.113.0/24");
});

thorough("a machine beyond the free size is refused in the preview, before anything is asked of a cloud", async () => {
  const before = readFileSync(cloudsFile, "utf8");
  configure({ profile: "payg", acceptPaygCost: true });
  // The settings accept the cost; the policies of a home that does not would refuse it.
  writeFileSync(join(folder, "policies.json"), JSON.stringify(packConfig({ place: "oracle", homeRegion: "eu-zurich-1" })));
  const { code, said } = await pulumi("preview", ...guarded);
  expect(code).not.toBe(0);
  expect(said).toContain("4 OCPU in 1 instances");
  expect(readFileSync(cloudsFile, "utf8")).toBe(before);
});

thorough("a home that is taken down keeps volume, address and buckets, and comes back on a new machine with the same ones", async () => {
  const lasting = () =>
    ["oci:Core/volume:Volume", "oci:Core/publicIp:PublicIp", "oci:ObjectStorage/bucket:Bucket", "gcp:storage/bucket:Bucket"].map((type) =>
      inClouds(type).map(({ id }) => id),
    );
  const before = lasting();
  const [vm] = vms();
  configure({ running: false });
  await up();
  expect(vms()).toEqual([]);
  expect(lasting()).toEqual(before);
  configure();
  await up();
  expect(lasting()).toEqual(before);
  expect(vms()).not.toEqual([vm]);
  expect(inClouds("oci:Core/volumeAttachment:VolumeAttachment")).toHaveLength(1);
});

thorough("where Oracle has no machine, up says so, and the next one goes on", async () => {
  configure({ running: false });
  await up();
  configure();
  await startClouds("out-of-capacity=1");
  const { code, said } = await pulumi("up", "--yes", "--skip-preview", ...guarded);
  // An engine from 3.244 on asks again by itself.
  if (code !== 0) expect(said).toContain("Out of host capacity");
  await up();
  expect(vms()).toHaveLength(1);
});

thorough("destroy refuses to take what must outlive the home", async () => {
  const { code, said } = await pulumi("destroy", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(said).toContain("protected");
  expect(inClouds("oci:Core/volume:Volume")).toHaveLength(1);
});
