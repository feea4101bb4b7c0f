import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { machineFiles } from "../../infra/machine/files.ts";
import { attachDisk, containerOf, detachDisk, giveAddress, removeMachine, startMachine } from "../../infra/rehearsal/machine.ts";
import { addresses } from "../../infra/rehearsal/addresses.ts";
import { buildImages, closeSite, openNetwork, openOutside } from "../../infra/rehearsal/site.ts";
import { renderCloudInit } from "../../infra/render/cloud-init.ts";
import { withSsh, writeSshAccess } from "../../infra/ssh-access.ts";
import { deriveSshKey } from "../../infra/ssh-keys.ts";
import { until } from "../support/until.ts";

// The machine of a rehearsal, as `freehold rehearse` makes it: the production user data by the real cloud-init, on a container that is a machine of its own.
jest.setTimeout(240_000);

const rehearsal = `freehold-test-rehearsal-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), "freehold-test-vm-"));
const [hostKey, clientKey] = ["host", "client"].map((purpose) => deriveSshKey("k".repeat(43), purpose)) as [
  ReturnType<typeof deriveSshKey>,
  ReturnType<typeof deriveSshKey>,
];
const volume = "volume-1";
let vm = { rehearsal, id: "instance-1" };

interface Ended {
  code: number;
  said: string;
}

/** Ends the connection that all sessions share. */
const hangUp = async () => new Promise<void>((resolve) => execFile("ssh", ["-F", join(folder, "config"), "-O", "exit", "freehold-prod"], () => resolve()));

/** On the machine, by the settings for `ssh` that production writes: no other host key than the known one is taken. */
const ssh = async (script: string): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, PATH: withSsh(process.env["PATH"], folder) };
    const child = execFile("ssh", ["freehold-prod", script], { env, timeout: 180_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? 1, said: stdout + stderr }),
    );
  });

async function must(script: string): Promise<string> {
  const { code, said } = await ssh(script);
  if (code !== 0) throw new Error(`${script}\nended with ${code}:\n${said}`);
  return said.trim();
}

/** In the order of the production program: machine, disk, address. */
async function bringMachine(id: string): Promise<void> {
  vm = { rehearsal, id };
  const userData = renderCloudInit({ files: machineFiles(), hostKey });
  await startMachine({ ...vm, userData, authorizedKeys: [clientKey.publicKey], memoryGb: 2, ocpus: 2 });
  await attachDisk(vm, volume, 1);
  await giveAddress(vm, addresses.home);
  await until("the machine to let its owner in", async () => (await ssh("true")).code === 0, { timeoutMs: 120_000, everyMs: 500 });
}

/** A machine takes its time where others work, too: FREEHOLD_TEST_REHEARSE=1 asks for it. */
const asked = process.env["FREEHOLD_TEST_REHEARSE"] === "1";
const thorough = asked ? test : test.skip;

beforeAll(async () => {
  if (!asked) return;
  await buildImages(["vm", "internet"]);
  await openNetwork(rehearsal);
  await openOutside(rehearsal, { buckets: [] });
  writeSshAccess(folder, { alias: "freehold-prod", address: addresses.home, hostKey, clientKey });
  await bringMachine("instance-1");
}, 900_000);

afterAll(async () => {
  if (asked) await hangUp();
  if (asked) await closeSite(rehearsal);
  rmSync(folder, { recursive: true, force: true });
});

thorough("the user data make it ready: Docker on the data volume, which was formatted once", async () => {
  expect(await must("sudo FREEHOLD_READY_SECONDS=120 /usr/local/sbin/freehold-ready")).toMatch(/^\d+\.\d+/);
  // Who was in before the set-up is not in the group of Docker yet; sessions of one connection share their groups.
  await hangUp();
  expect(await must("docker info --format '{{.DockerRootDir}} {{.Driver}}'")).toBe("/var/lib/freehold/docker overlay2");
  expect(await must("findmnt --noheadings --output FSTYPE /var/lib/freehold")).toBe("ext4");
  expect(await must("sudo cat /var/lib/freehold-setup/formatted")).toBe(volume);
});

thorough("the firewall of its image is open for the web, before Docker's rules came", async () => {
  const rules = (await must("sudo iptables -S INPUT")).split("\n");
  const web = rules.findIndex((rule) => rule.includes("--dports 80,443") && !rule.includes("-i "));
  expect(web).toBeGreaterThan(0);
  expect(rules.at(-1)).toContain("-j REJECT");
  expect(rules.some((rule) => rule.includes("-i br-+") && rule.endsWith("-j DROP"))).toBe(true);
  expect(await must("sudo iptables -S DOCKER-USER")).toContain("-j FREEHOLD-METADATA");
});

thorough("the metadata service answers the machine, and no container on it", async () => {
  const ask = 'curl --silent --max-time 5 --header "Authorization: Bearer Oracle" http://169.254.169.254/opc/v2/instance/';
  expect(await must(ask)).toContain("VM.Standard.A1.Flex");
  // A container with nothing but a shell that can speak TCP.
  await must(`sudo sh -c 'tar --dereference --create $(ldd /bin/bash | grep --only-matching "/[^ ]*") /bin/bash 2>/dev/null | docker import - probe'`);
  const open = (target: string) => ssh(`docker run --rm probe /bin/bash -c 'exec 3<>/dev/tcp/${target}'`);
  expect((await open("169.254.169.254/80")).code).not.toBe(0);
  expect(await open("169.254.169.254/53")).toMatchObject({ code: 0 });
  // An engine that was started for the first time does not tell the gateway of its own bridge.
  const gateway = (await must("ip -4 -o address show docker0")).match(/inet ([\d.]+)/)?.[1];
  expect(gateway).toBeDefined();
  expect((await open(`${gateway}/22`)).code).not.toBe(0);
});

thorough("a new machine finds the old volume with everything on it", async () => {
  await must("echo kept | sudo tee /var/lib/freehold/file");
  await hangUp();
  await detachDisk(vm);
  await removeMachine(vm);
  await bringMachine("instance-2");
  await must("sudo FREEHOLD_READY_SECONDS=120 /usr/local/sbin/freehold-ready");
  await hangUp();
  expect(await must("cat /var/lib/freehold/file")).toBe("kept");
  expect((await ssh("sudo cat /var/lib/freehold-setup/formatted")).code).not.toBe(0);
  expect(await must("docker image inspect --format there probe")).toBe("there");
  expect(containerOf(vm)).toBe(`${rehearsal}-instance-2`);
});
