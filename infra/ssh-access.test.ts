import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { engineUrl, renderSshConfig, withSsh, writeSshAccess } from "./ssh-access.ts";
import { deriveSshKey } from "./ssh-keys.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "freehold-test-ssh-"));
  const [hostKey, clientKey] = ["host", "client"].map((purpose) => deriveSshKey("k".repeat(43), purpose));
  writeSshAccess(folder, { alias: "freehold-prod", address: "203.0.113.9", hostKey: hostKey!, clientKey: clientKey! });
});
afterEach(() => rmSync(folder, { recursive: true }));

const ssh = (...argv: string[]) => execFileSync("ssh", argv, { encoding: "utf8", env: { ...process.env, PATH: withSsh(process.env["PATH"], folder) } });

test("the `ssh` that Docker finds knows the machine, its key and how to share one connection", () => {
  const settings = ssh("-G", engineUrl("freehold-prod").replace("ssh://", "")).split("\n");
  expect(settings).toEqual(
    expect.arrayContaining([
      "hostname 203.0.113.9",
      "user ubuntu",
      "hostkeyalias freehold-prod",
      "stricthostkeychecking true",
      "identitiesonly yes",
      "controlmaster auto",
      "controlpersist 60",
      `userknownhostsfile ${join(folder, "freehold-prod/known_hosts")}`,
    ]),
  );
});

test("other machines are reached as before, and another program's own settings win", () => {
  expect(ssh("-G", "elsewhere.example.org")).toContain("hostname elsewhere.example.org\n");
  writeFileSync(join(folder, "other"), "Host freehold-prod\n  HostName 198.51.100.1\n");
  expect(ssh("-F", join(folder, "other"), "-G", "freehold-prod")).toContain("hostname 198.51.100.1\n");
});

test("the key is readable by its owner alone, and OpenSSH takes it", () => {
  expect(statSync(join(folder, "freehold-prod/key")).mode & 0o777).toBe(0o600);
  const publicKey = execFileSync("ssh-keygen", ["-y", "-f", join(folder, "freehold-prod/key")], { encoding: "utf8" });
  expect(publicKey.trim()).toBe(deriveSshKey("k".repeat(43), "client").publicKey);
});

test("a folder too long for a socket has its socket elsewhere", () => {
  expect(renderSshConfig({ alias: "freehold-prod", address: "203.0.113.9" }, `/${"long/".repeat(20)}`)).toContain(`ControlPath "${tmpdir()}/freehold-prod-%u"`);
});

test("our `ssh` stands first on PATH, once", () => {
  const path = withSsh(withSsh("/usr/bin:/bin", folder), folder);
  expect(path.split(delimiter)).toEqual([join(folder, "bin"), "/usr/bin", "/bin"]);
});
