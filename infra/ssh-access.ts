import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { SshKey } from "./ssh-keys.ts";

export interface SshAccess {
  /** The name by which `ssh` and Docker know the machine. */
  alias: string;
  address: string;
  hostKey: Pick<SshKey, "publicKey">;
  clientKey: Pick<SshKey, "privateKey">;
}

/** Docker's address of a machine. The name in it is the alias: the address behind it may change, this does not. */
export const engineUrl = (alias: string): string => `ssh://ubuntu@${alias}`;

/** The longest path that a socket can have, less what `ssh` adds while it makes one. */
const longestSocket = 80;

/**
 * The settings by which `ssh` reaches one machine: it takes no other key for the machine's, and all sessions share one connection,
 * as Docker opens dozens at once. A connection that has died is noticed within a minute.
 */
export function renderSshConfig({ alias, address }: Pick<SshAccess, "alias" | "address">, folder: string): string {
  const socket = join(folder, "master");
  const lines = [
    `HostName ${address}`,
    "User ubuntu",
    `HostKeyAlias ${alias}`,
    `UserKnownHostsFile "${join(folder, "known_hosts")}"`,
    "GlobalKnownHostsFile /dev/null",
    "StrictHostKeyChecking yes",
    `IdentityFile "${join(folder, "key")}"`,
    "IdentitiesOnly yes",
    "BatchMode yes",
    "ConnectTimeout 15",
    "ConnectionAttempts 4",
    "ServerAliveInterval 15",
    "ServerAliveCountMax 4",
    "ControlMaster auto",
    `ControlPath "${socket.length <= longestSocket ? socket : join(tmpdir(), `${alias}-%u`)}"`,
    "ControlPersist 60",
  ];
  return `Host ${alias}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** Puts in order what `ssh` needs to reach a machine: its settings, the key to show and the key to expect. */
export function writeSshAccess(sshFolder: string, access: SshAccess): void {
  const folder = join(sshFolder, access.alias);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  write(join(folder, "key"), access.clientKey.privateKey);
  write(join(folder, "known_hosts"), `${access.alias} ${access.hostKey.publicKey}\n`);
  write(join(folder, "config"), renderSshConfig(access, folder));
  write(join(sshFolder, "config"), `Include "${sshFolder}/*/config"\nInclude ~/.ssh/config\nInclude /etc/ssh/ssh_config\n`);
  mkdirSync(join(sshFolder, "bin"), { recursive: true, mode: 0o700 });
  // Docker runs `ssh` by its name and takes no settings for it.
  write(join(sshFolder, "bin", "ssh"), wrapper(sshFolder), 0o700);
}

/** In one step: another `ssh` may be reading it. */
function write(file: string, content: string, mode = 0o600): void {
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, content, { mode });
  renameSync(draft, file);
}

/** Looks for the real `ssh` behind itself on PATH. A later -F, such as another program's own, wins over ours. */
function wrapper(sshFolder: string): string {
  return [
    "#!/bin/sh",
    `PATH=$(printf '%s' "$PATH" | tr ':' '\\n' | grep -vxF '${sshFolder}/bin' | paste -sd: -)`,
    "export PATH",
    `exec ssh -F '${sshFolder}/config' "$@"`,
    "",
  ].join("\n");
}

/** PATH with our `ssh` first. */
export function withSsh(path: string | undefined, sshFolder: string): string {
  const own = join(sshFolder, "bin");
  return [own, ...(path ?? "").split(delimiter).filter((folder) => folder !== own)].join(delimiter);
}
