import { expect, test } from "@jest/globals";
import { sshFiles } from "./ssh.ts";
import type { Connection } from "./ssh.ts";

const base: Connection = { host: "203.0.113.7", user: "ubuntu", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
const config = (connection: Connection, sent: string[] = []): string => sshFiles(connection, "/f", sent)["config"]?.content ?? "";

test("a known host key is demanded, and the connection knows no other", () => {
  const files = sshFiles({ ...base, hostKey: "ssh-ed25519 AAAA" }, "/f", []);
  expect(files["config"]?.content).toContain("StrictHostKeyChecking yes");
  expect(files["config"]?.content).toContain("UserKnownHostsFile /f/target.known");
  expect(files["target.known"]).toEqual({ content: "target ssh-ed25519 AAAA\n", mode: 0o600 });
});

test("a private key goes into a file of its own, and no other key is tried", () => {
  const files = sshFiles({ ...base, privateKey: "KEY" }, "/f", []);
  expect(files["target.key"]).toEqual({ content: "KEY\n", mode: 0o600 });
  expect(files["config"]?.content).toMatch(/IdentityFile \/f\/target\.key\n {2}IdentitiesOnly yes/);
});

test("a proxy is a host of its own, on the way to the target", () => {
  const text = config({ ...base, proxy: { ...base, host: "bastion", port: 2222 } });
  expect(text).toMatch(/Host proxy\n {2}HostName bastion\n {2}User ubuntu\n {2}Port 2222/);
  expect(text).toMatch(/Host target\n {2}ProxyJump proxy/);
});

test("nothing is asked unless there is a password, and no limit on dialling is said as ssh says it", () => {
  expect(config(base)).toContain("BatchMode yes");
  expect(config({ ...base, password: "p" })).not.toContain("BatchMode");
  expect(config({ ...base, perDialTimeout: 0 })).toContain("ConnectTimeout none");
});

test("a host that would break out of its line is refused", () => {
  expect(() => config({ ...base, host: "h\n  ProxyCommand evil" })).toThrow("must not contain blanks");
});

test("variables to send are named", () => {
  expect(config(base, ["A", "B"])).toContain("SendEnv A B");
});
