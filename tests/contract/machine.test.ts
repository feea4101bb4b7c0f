import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { machineFiles } from "../../infra/machine/files.ts";
import { renderCloudInit } from "../../infra/render/cloud-init.ts";
import { deriveSshKey } from "../../infra/ssh-keys.ts";

// The files of the machine, tried by the programs that will read them: a disk is a file behind a loop device, the firewall is a container's own.
jest.setTimeout(120_000);

const image = "freehold/machine:test";
const name = `freehold-test-machine-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), "freehold-test-machine-"));

interface Ended {
  code: number;
  said: string;
}

const inside = async (script: string): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile("docker", ["exec", name, "bash", "-c", script], { timeout: 60_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? 1, said: stdout + stderr }),
    );
  });

/** What a script that must succeed says. */
const must = async (script: string): Promise<string> => {
  const { code, said } = await inside(script);
  if (code !== 0) throw new Error(`${script}\nended with ${code}:\n${said}`);
  return said.trim();
};

/** The loop devices belong to the whole machine: only those are given back whose files this test made. */
const detach =
  "for device in $(losetup --list --noheadings --output NAME,BACK-FILE | awk '$2 ~ /^.tmp.freehold-disk/ { print $1 }'); do losetup --detach $device; done; rm -f /tmp/freehold-disk*; true";

beforeAll(async () => {
  execFileSync("docker", ["build", "--quiet", "--tag", image, join(import.meta.dirname, "machine")], { stdio: ["ignore", "ignore", "pipe"] });
  // Loop devices, mounts and a firewall of its own; the network leads nowhere.
  const rights = ["--cap-add=SYS_ADMIN", "--cap-add=NET_ADMIN", "--cap-add=MKNOD", "--security-opt=apparmor=unconfined", "--security-opt=seccomp=unconfined"];
  const devices = ["--device-cgroup-rule=b 7:* rwm", "--device-cgroup-rule=c 10:237 rwm"];
  execFileSync("docker", ["run", "--detach", "--rm", `--name=${name}`, ...rights, ...devices, "--network=none", "--init", image], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await must("[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237; for at in $(seq 0 63); do [ -e /dev/loop$at ] || mknod /dev/loop$at b 7 $at; done");
  writeFileSync(join(folder, "user-data"), renderCloudInit({ files: machineFiles(), hostKey: deriveSshKey("k".repeat(43), "host") }));
  execFileSync("docker", ["cp", join(folder, "user-data"), `${name}:/user-data`], { stdio: "ignore" });
  // As cloud-init does it: each file where the machine will have it.
  for (const { path, content, executable } of machineFiles()) {
    writeFileSync(join(folder, "file"), content, { mode: executable ? 0o755 : 0o644 });
    await must(`mkdir -p "$(dirname ${path})"`);
    execFileSync("docker", ["cp", join(folder, "file"), `${name}:${path}`], { stdio: "ignore" });
    await must(`chown root: ${path}; chmod ${executable ? "755" : "644"} ${path}`);
  }
}, 600_000);

afterAll(async () => {
  await inside(`umount /mnt/data; ${detach}`);
  execFileSync("docker", ["rm", "--force", name], { stdio: "ignore" });
  rmSync(folder, { recursive: true });
});

describe("the files of the machine", () => {
  test("are user data that cloud-init accepts", async () => {
    expect(await must("cloud-init schema --config-file /user-data 2>&1")).toMatch(/Valid schema/);
  });

  test("have a host key that sshd takes, and settings without a mistake", async () => {
    await must(
      'mkdir -p /run/sshd && python3 -c \'import yaml; print(yaml.safe_load(open("/user-data"))["ssh_keys"]["ecdsa_private"])\' > /etc/ssh/ssh_host_ecdsa_key',
    );
    await must("chmod 600 /etc/ssh/ssh_host_ecdsa_key && sshd -t -h /etc/ssh/ssh_host_ecdsa_key");
    const settings = (await must("sshd -T -h /etc/ssh/ssh_host_ecdsa_key 2>/dev/null")).split("\n");
    expect(settings).toEqual(expect.arrayContaining(["maxsessions 100", "maxstartups 100:30:200", "passwordauthentication no", "permitrootlogin no"]));
  });

  test("are scripts without a mistake that shellcheck knows", async () => {
    expect(await must("shellcheck --severity=style /usr/local/sbin/freehold-*")).toBe("");
  });

  test("are units that systemd reads without a complaint", async () => {
    const { said } = await inside("systemd-analyze verify /etc/systemd/system/freehold-*.service 2>&1");
    expect(said.split("\n").filter((line) => line.includes("freehold"))).toEqual([]);
  });
});

describe("the data volume", () => {
  const volume = (disks: string, environment = "") =>
    inside(`FREEHOLD_DISKS="${disks}" FREEHOLD_MOUNT=/mnt/data FREEHOLD_STATE=/var/lib/state FREEHOLD_WAIT_SECONDS=0 ${environment} freehold-volume`);
  /** A disk of 64 MB; `make` is run on it. */
  const disk = async (make = "true") =>
    must(
      `file=$(mktemp /tmp/freehold-disk-XXXXXX); truncate --size 64M $file; device=$(losetup --find --show $file); { ${make}; } >/dev/null 2>&1 || exit 9; echo $device`,
    );
  const afresh = () => must(`umount /mnt/data 2>/dev/null; rm -rf /var/lib/state; ${detach}`);

  test("that was never used is formatted once, mounted, and found again by its label with everything on it", async () => {
    await afresh();
    const device = await disk();
    expect(await volume(device)).toMatchObject({ code: 0, said: expect.stringContaining(`formatted ${device}`) });
    await must("echo kept > /mnt/data/file; umount /mnt/data");
    const again = await volume(device);
    expect(again).toMatchObject({ code: 0, said: expect.not.stringContaining("formatted") });
    expect(await must("cat /mnt/data/file")).toBe("kept");
    expect(await volume(device)).toMatchObject({ code: 0, said: expect.stringContaining("is mounted") });
  });

  test("of an earlier machine is mounted by a new one, which never formatted anything", async () => {
    await afresh();
    const device = await disk("mkfs.ext4 -q -L freehold $device && mount $device /mnt && echo old > /mnt/file && umount /mnt");
    expect(await volume(device)).toMatchObject({ code: 0, said: expect.not.stringContaining("formatted") });
    expect(await must("cat /mnt/data/file; ls -A /var/lib/state 2>/dev/null || true")).toBe("old");
  });

  test.each([
    ["somebody's files", "mkfs.ext4 -q -L photos $device", "not ours"],
    ["something encrypted", "printf 'LUKS\\xba\\xbe\\x00\\x02' | dd of=$device conv=notrunc status=none", "not ours"],
    ["a table of partitions", "echo 'label: gpt' | sfdisk --quiet $device", "not ours"],
    ["swap", "mkswap $device", "not ours"],
    ["bytes that nothing explains", "printf secret | dd of=$device bs=1 seek=70000 conv=notrunc status=none", "is not empty"],
  ])("is refused where it holds %s, and stays as it is", async (_what, make, why) => {
    await afresh();
    const device = await disk(make);
    const before = await must(`sha256sum ${device}`);
    expect(await volume(device)).toMatchObject({ code: 1, said: expect.stringContaining(why) });
    expect(await must(`sha256sum ${device}`)).toBe(before);
  });

  test("is the labelled one beside a stranger's, and nobody's where two could be it", async () => {
    await afresh();
    const [strange, ours] = [await disk("mkfs.ext4 -q -L photos $device"), await disk("mkfs.ext4 -q -L freehold $device")];
    expect(await volume(`${strange} ${ours}`)).toMatchObject({ code: 0, said: expect.stringContaining(`${ours} is mounted`) });
    await afresh();
    const empty = [await disk(), await disk()];
    expect(await volume(empty.join(" "))).toMatchObject({ code: 1, said: expect.stringContaining("2 disks are empty") });
    await afresh();
    const twins = [await disk("mkfs.ext4 -q -L freehold $device"), await disk("mkfs.ext4 -q -L freehold $device")];
    expect(await volume(twins.join(" "))).toMatchObject({ code: 1, said: expect.stringContaining("2 disks have the label freehold") });
  });

  test("is formatted to its end where the first try was cut short, and never a second time", async () => {
    await afresh();
    const device = await disk();
    // A stand-in for mkfs that dies in the middle of its work.
    await must(
      `mkdir -p /broken; printf '#!/bin/bash\\nprintf half | dd of="\${!#}" bs=1 seek=4096 conv=notrunc status=none; kill -9 $PPID\\n' > /broken/mkfs.ext4; chmod 755 /broken/mkfs.ext4`,
    );
    expect((await volume(device, "PATH=/broken:$PATH")).code).not.toBe(0);
    expect(await volume(device)).toMatchObject({ code: 0, said: expect.stringContaining(`formatted ${device}`) });
    await must(`umount /mnt/data; wipefs --all --quiet ${device}; dd if=/dev/zero of=${device} bs=1M status=none; true`);
    expect(await volume(device)).toMatchObject({ code: 1, said: expect.stringContaining("has formatted its data volume before") });
  });

  test("that was enlarged is grown to its size", async () => {
    await afresh();
    const device = await disk("mkfs.ext4 -q -L freehold $device 32M");
    expect(await volume(device)).toMatchObject({ code: 0, said: expect.stringContaining("was grown") });
    expect(Number(await must("df --block-size=1M --output=size /mnt/data | tail -1"))).toBeGreaterThan(40);
  });

  test("that does not come is waited for, and then missed", async () => {
    await afresh();
    expect(await volume("", "FREEHOLD_DISKS=' '")).toMatchObject({ code: 1, said: expect.stringContaining("no data volume after 0 s") });
  });
});

/** The rules of an image of Oracle's, in their order: SSH, then nothing; the boot disk's own chain. */
const oracleRules = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:InstanceServices - [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A FORWARD -j REJECT --reject-with icmp-host-prohibited
-A OUTPUT -d 169.254.0.0/16 -j InstanceServices
-A InstanceServices -d 169.254.0.2/32 -p tcp -m owner --uid-owner 0 -m tcp --dport 3260 -j ACCEPT
-A InstanceServices -d 169.254.0.0/16 -p tcp -j REJECT --reject-with tcp-reset
COMMIT
`;

describe("the firewall", () => {
  const rulesFile = "/etc/iptables/rules.v4";
  const give = (text: string) => must(`mkdir -p /etc/iptables; rm -f /etc/iptables/*; cat > ${rulesFile} <<'END'\n${text}END\niptables -F; iptables -X; true`);
  const inputRules = async () => (await must("iptables -S INPUT")).split("\n").slice(1);

  test("opens the web before the rule that refuses all, keeps Oracle's own chain, and keeps containers from the host", async () => {
    await give(oracleRules);
    await must("freehold-firewall");
    const rules = await inputRules();
    const at = (part: string) => rules.findIndex((rule) => rule.includes(part));
    expect(at("--dports 80,443")).toBeGreaterThanOrEqual(0);
    expect(rules.at(-1)).toContain("-j REJECT");
    expect(rules.filter((rule) => rule.includes("--dports 80,443") && !rule.includes("-i "))).toHaveLength(1);
    expect(rules.filter((rule) => rule.includes("-p udp") && rule.includes("--dport 443"))).toHaveLength(1);
    // What a container opens towards the host ends before any rule that would let it in.
    expect(at("-i br-+ -m comment --comment freehold -j DROP")).toBeLessThan(at("--dport 22"));
    expect(await must("iptables -S InstanceServices")).toContain("--dport 3260");
  });

  test("run again changes nothing", async () => {
    await give(oracleRules);
    await must("freehold-firewall");
    const [file, rules] = [await must(`cat ${rulesFile}`), await inputRules()];
    await must("freehold-firewall");
    expect([await must(`cat ${rulesFile}`), await inputRules()]).toEqual([file, rules]);
  });

  test.each([
    ["that refuses nothing", oracleRules.replace(/-A INPUT -j REJECT.*\n/, ""), "none of its rules refuses anything"],
    ["that iptables can't read", oracleRules.replace("-p icmp", "-p nonsense"), "can't be read"],
  ])("of an image %s stays as it is, loudly", async (_what, text, message) => {
    await give(text);
    expect(await inside("freehold-firewall")).toMatchObject({ code: 1, said: expect.stringContaining(message) });
    expect(await must(`cat ${rulesFile}; ls /etc/iptables`)).toBe(`${text}rules.v4`);
  });

  test("is left alone where Docker has put its own rules into it", async () => {
    await give(oracleRules);
    await must("iptables -N DOCKER-USER");
    expect(await inside("freehold-firewall")).toMatchObject({ code: 0, said: expect.stringContaining("Docker runs already") });
    expect(await must(`cat ${rulesFile}`)).toBe(oracleRules.trim());
    await must("iptables -X DOCKER-USER");
  });

  test("keeps containers from the metadata service, but not from the names that the same address answers", async () => {
    await give(oracleRules);
    await must("freehold-docker-firewall && freehold-docker-firewall");
    expect((await must("iptables -S DOCKER-USER")).split("\n").slice(1)).toEqual(["-A DOCKER-USER -j FREEHOLD-METADATA"]);
    const chain = (await must("iptables -S FREEHOLD-METADATA")).split("\n").slice(1);
    expect(chain).toEqual([
      "-A FREEHOLD-METADATA -d 169.254.169.254/32 -p udp -m udp --dport 53 -j RETURN",
      "-A FREEHOLD-METADATA -d 169.254.169.254/32 -p tcp -m tcp --dport 53 -j RETURN",
      "-A FREEHOLD-METADATA -d 169.254.0.0/16 -j REJECT --reject-with icmp-port-unreachable",
    ]);
  });
});
