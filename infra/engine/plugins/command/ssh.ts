/** Remote commands through the system's `ssh`: one configuration file, one master connection, closed at the end. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execute } from "./process.ts";
import type { Execution, Outcome } from "./process.ts";
import type { Properties } from "./values.ts";

export type Connection = {
  host: string;
  user: string;
  port: number;
  password?: string;
  privateKey?: string;
  privateKeyPassword?: string;
  agentSocketPath?: string;
  hostKey?: string;
  dialErrorLimit: number;
  perDialTimeout: number;
  proxy?: Connection;
};
type Files = Record<string, { content: string; mode: number }>;

/** Exit code with which `ssh` says that it, not the command, failed. */
const SSH_FAILED = "exit status 255";
const ASKPASS = `#!/bin/sh
case "$1" in
  *passphrase*proxy.key*) printf '%s\\n' "$FREEHOLD_SSH_PROXY_PASSPHRASE" ;;
  *passphrase*) printf '%s\\n' "$FREEHOLD_SSH_TARGET_PASSPHRASE" ;;
  *) if [ -e "$FREEHOLD_SSH_FOLDER/asked" ] || [ -z "$FREEHOLD_SSH_PROXY_PASSWORD" ]; then printf '%s\\n' "$FREEHOLD_SSH_TARGET_PASSWORD"
     else touch "$FREEHOLD_SSH_FOLDER/asked"; printf '%s\\n' "$FREEHOLD_SSH_PROXY_PASSWORD"; fi ;;
esac
`;

/** The files that one connection needs, by name. */
export function sshFiles(connection: Connection, folder: string, sent: readonly string[]): Files {
  const hosts: [string, Connection][] = [["target", connection], ...(connection.proxy ? [["proxy", connection.proxy] as [string, Connection]] : [])];
  const files: Files = { askpass: { content: ASKPASS, mode: 0o700 } };
  files["config"] = { content: hosts.map(([name, host]) => hostBlock(name, host, folder)).join("\n") + masterBlock(connection, folder, sent), mode: 0o600 };
  for (const [name, host] of hosts) {
    if (host.privateKey) files[`${name}.key`] = { content: host.privateKey.trimEnd() + "\n", mode: 0o600 };
    if (host.hostKey) files[`${name}.known`] = { content: `${name} ${host.hostKey.trim()}\n`, mode: 0o600 };
  }
  return files;
}

function hostBlock(name: string, host: Connection, folder: string): string {
  const lines = [
    `HostName ${word(host.host)}`,
    `User ${word(host.user)}`,
    `Port ${host.port}`,
    `HostKeyAlias ${name}`,
    `ConnectTimeout ${host.perDialTimeout === 0 ? "none" : host.perDialTimeout}`,
    `LogLevel ERROR`,
    `NumberOfPasswordPrompts 1`,
    host.hostKey ? `StrictHostKeyChecking yes` : `StrictHostKeyChecking no`,
    `UserKnownHostsFile ${host.hostKey ? join(folder, `${name}.known`) : "/dev/null"}`,
    ...(host.privateKey ? [`IdentityFile ${join(folder, `${name}.key`)}`] : []),
    ...(host.privateKey && !host.agentSocketPath ? ["IdentitiesOnly yes"] : []),
    ...(host.agentSocketPath ? [`IdentityAgent ${word(host.agentSocketPath)}`] : []),
    ...(host.password || host.privateKeyPassword ? [] : ["BatchMode yes"]),
  ];
  return `Host ${name}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function masterBlock(connection: Connection, folder: string, sent: readonly string[]): string {
  const lines = [
    ...(connection.proxy ? ["ProxyJump proxy"] : []),
    "ControlMaster auto",
    `ControlPath ${join(folder, "master")}`,
    "ControlPersist 60",
    "ServerAliveInterval 15",
    ...(sent.length > 0 ? [`SendEnv ${sent.join(" ")}`] : []),
  ];
  return `\nHost target\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** Throws: on a value that would end the line it stands in. */
function word(value: string): string {
  if (!/^[^\s"'\\]+$/.test(value)) throw new Error(`the connection value ${JSON.stringify(value)} must not contain blanks or quotes`);
  return value;
}

/** Connects, retrying as `dialErrorLimit` says, and runs the command. */
export async function executeRemote(inputs: Properties, command: string, execution: Omit<Execution, "argv">): Promise<Outcome> {
  const connection = inputs["connection"] as unknown as Connection;
  const folder = await mkdtemp(join(tmpdir(), "freehold-ssh-"));
  const sent = Object.keys(execution.env).filter((name) => execution.env[name] !== process.env[name]);
  const ssh = (...rest: string[]): [string, ...string[]] => ["ssh", "-F", join(folder, "config"), ...rest];
  const env = { ...execution.env, ...secrets(connection, folder) };
  try {
    for (const [name, file] of Object.entries(sshFiles(connection, folder, sent))) {
      await writeFile(join(folder, name), file.content, { mode: file.mode });
    }
    const dialled = await dial(connection, { ...execution, env, argv: ssh("target", "true"), stdin: undefined });
    if (dialled.failure !== undefined) return dialled;
    const refused = await refusedVariables(inputs, { ...execution, env, argv: ssh("target", "env"), stdin: undefined, onLine: () => {} });
    if (refused.length > 0)
      return failed(`the server does not accept the variables ${refused.join(", ")}: list them in its AcceptEnv, or write them into the command as NAME=value`);
    return await execute({ ...execution, env, argv: ssh("target", command) });
  } catch (error) {
    return failed((error as Error).message);
  } finally {
    await execute({ env, timeoutMs: 5_000, onLine: () => {}, argv: ssh("-O", "exit", "target") });
    await rm(folder, { recursive: true, force: true });
  }
}

function secrets(connection: Connection, folder: string): Record<string, string> {
  return {
    SSH_ASKPASS: join(folder, "askpass"),
    SSH_ASKPASS_REQUIRE: "force",
    FREEHOLD_SSH_FOLDER: folder,
    FREEHOLD_SSH_TARGET_PASSWORD: connection.password ?? "",
    FREEHOLD_SSH_TARGET_PASSPHRASE: connection.privateKeyPassword ?? "",
    FREEHOLD_SSH_PROXY_PASSWORD: connection.proxy?.password ?? "",
    FREEHOLD_SSH_PROXY_PASSPHRASE: connection.proxy?.privateKeyPassword ?? "",
  };
}

async function dial(connection: Connection, execution: Execution): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await execute(execution);
    if (outcome.failure !== SSH_FAILED) return outcome;
    if (connection.dialErrorLimit >= 0 && attempt > connection.dialErrorLimit) {
      return { ...outcome, failure: `no connection to ${connection.user}@${connection.host}:${connection.port} after ${attempt} attempts` };
    }
    execution.onLine("stderr", `Dial ${attempt}/${connection.dialErrorLimit < 0 ? "inf" : connection.dialErrorLimit} failed: retrying`);
    await delay(Math.min(10_000, 250 * 1.5 ** attempt));
  }
}

/** Variables of `environment` that did not arrive; `ssh` itself is silent about them. */
async function refusedVariables(inputs: Properties, execution: Execution): Promise<string[]> {
  const wanted = Object.keys((inputs["environment"] as Record<string, string> | undefined) ?? {});
  if (wanted.length === 0) return [];
  const { stdout, failure } = await execute(execution);
  const arrived = new Set(stdout.split("\n").map((line) => line.split("=")[0]));
  return failure === undefined ? wanted.filter((name) => !arrived.has(name)) : [];
}

function failed(failure: string): Outcome {
  return { stdout: "", stderr: "", tail: "", failure };
}
