/** A file of the machine. */
export interface MachineFile {
  path: string;
  content: string;
  executable?: boolean;
}

export interface CloudInitInput {
  files: readonly MachineFile[];
  /** The machine's SSH key, so that nobody else can answer in its place. Shape: PEM, and one line `ecdsa-sha2-nistp256 …`. */
  hostKey: { privateKey: string; publicKey: string };
}

/** Oracle takes 32,000 bytes of metadata, base64 and the SSH keys included. */
const longestBytes = 20_000;

/**
 * Renders the user data of the home's machine: it writes files and starts one unit that does the rest.
 * Whatever may change later is not in it, because a change of user data would replace the machine.
 * Shape: YAML that cloud-init takes. Throws: Error when it is too long for Oracle.
 */
export function renderCloudInit({ files, hostKey }: CloudInitInput): string {
  const text = [
    "#cloud-config",
    "disable_root: true",
    "ssh_pwauth: false",
    "ssh_deletekeys: true",
    "ssh_keys:",
    "  ecdsa_private: |",
    ...indented(hostKey.privateKey, 4),
    `  ecdsa_public: ${JSON.stringify(hostKey.publicKey.trim())}`,
    // For the machine's own programs: containers have limits without swap.
    "swap:",
    "  filename: /swapfile",
    "  size: 2147483648",
    "  maxsize: 2147483648",
    "write_files:",
    ...files.flatMap(renderFile),
    "runcmd:",
    "  - [systemctl, daemon-reload]",
    "  - [systemctl, try-restart, ssh.service]",
    "  - [systemctl, enable, freehold-volume.service, freehold-setup.service]",
    // Not waited for: the data volume is attached only once the machine runs.
    "  - [systemctl, start, --no-block, freehold-setup.service]",
    "",
  ].join("\n");
  const bytes = Buffer.byteLength(text);
  if (bytes > longestBytes) throw new Error(`The machine's user data are ${bytes} bytes; at most ${longestBytes} fit Oracle's limit.`);
  return text;
}

function renderFile({ path, content, executable = false }: MachineFile): string[] {
  return [`  - path: ${path}`, `    permissions: "${executable ? "0755" : "0644"}"`, "    content: |", ...indented(content, 6)];
}

function indented(text: string, spaces: number): string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => (line === "" ? "" : `${" ".repeat(spaces)}${line}`));
}
