import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

export interface CommandResult {
  code: number;
  /** Standard output and error, in the order in which they came. */
  text: string;
  seconds: number;
}

/** The project in a fresh folder, with a data folder and a stack of its own, as a newcomer has it. */
export interface CleanClone {
  folder: string;
  dataFolder: string;
  stack: string;
  sh(command: string, options?: Omit<ShellOptions, "environment"> & { environment?: Record<string, string> }): Promise<CommandResult>;
  /** Key, passphrase, Pulumi's state and the stack's settings are gone, as on another computer. */
  loseOwnersFiles(): void;
  remove(): void;
}

export interface CloneOptions {
  stack: string;
  httpPort: number;
  httpsPort: number;
}

/** Clones what is committed, plus the changes of the working tree, so that a test judges the code in front of it. */
export function cloneProject({ stack, httpPort, httpsPort }: CloneOptions): CleanClone {
  const folder = mkdtempSync(join(tmpdir(), "freehold-clone-"));
  const dataFolder = mkdtempSync(join(tmpdir(), "freehold-data-"));
  must("git", ["clone", "--quiet", "--no-hardlinks", root, folder]);
  must("sh", [
    "-c",
    `git -C '${root}' ls-files --cached --others --exclude-standard -z | tar -C '${root}' --null --ignore-failed-read -cf - -T - | tar -C '${folder}' -xf -`,
  ]);
  // As where somebody committed what Pulumi had written on another computer.
  const foreignSalt = "v1:0mVS/D5utCk=:v1:yOS5UBaVaXWzDO9L:NZxUhIhBUk+fS6XVyaY4/RtCAqj/bw==";
  writeFileSync(
    join(folder, `Pulumi.${stack}.yaml`),
    `config:\n  freehold:place: local\n  freehold:httpPort: "${httpPort}"\n  freehold:httpsPort: "${httpsPort}"\nencryptionsalt: ${foreignSalt}\n`,
  );
  const environment = { ...process.env, FREEHOLD_HOME: dataFolder, FREEHOLD_STACK: stack, NODE_OPTIONS: "" };
  return {
    folder,
    dataFolder,
    stack,
    sh: (command, options = {}) => shell(command, folder, { ...options, environment: { ...environment, ...options.environment } }),
    loseOwnersFiles: () => {
      rmSync(dataFolder, { recursive: true });
      rmSync(join(folder, `Pulumi.${stack}.yaml`));
    },
    remove: () => {
      removeFromDocker(`freehold-${stack}`, stack);
      for (const path of [folder, dataFolder]) rmSync(path, { recursive: true, force: true });
    },
  };
}

function must(command: string, argv: string[]): void {
  const { status, stderr } = spawnSync(command, argv, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${argv.join(" ")} failed: ${stderr}`);
}

interface ShellOptions {
  timeoutMs?: number;
  environment: NodeJS.ProcessEnv;
  input?: string;
  /** Once this is written, the command and all that it started are killed with SIGKILL, as a lost machine would. */
  killWhen?: RegExp;
}

async function shell(command: string, cwd: string, { timeoutMs = 300_000, environment, input = "", killWhen }: ShellOptions): Promise<CommandResult> {
  const began = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", command], { cwd, env: environment, stdio: ["pipe", "pipe", "pipe"], detached: true });
    const chunks: Buffer[] = [];
    const kill = () => process.kill(-(child.pid ?? 0), "SIGKILL");
    const overdue = setTimeout(kill, timeoutMs);
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      if (killWhen?.test(chunk.toString())) kill();
    };
    for (const stream of [child.stdout, child.stderr]) stream.on("data", take);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(overdue);
      resolve({ code: code ?? -1, text: Buffer.concat(chunks).toString(), seconds: (Date.now() - began) / 1_000 });
    });
    child.stdin.end(input);
  });
}

/** Takes everything of a stack out of Docker, data volumes included: only for stacks that a test made. */
function removeFromDocker(prefix: string, stack: string): void {
  const ids = (argv: string[]) =>
    spawnSync("docker", argv, { encoding: "utf8" })
      .stdout.split("\n")
      .filter((id) => id !== "");
  const label = ["--filter", `label=freehold.stack=${stack}`];
  const remove = (argv: string[], found: string[]) => found.length > 0 && spawnSync("docker", [...argv, ...found]);
  remove(["rm", "--force", "--volumes"], ids(["ps", "--all", "--quiet", ...label]));
  remove(["network", "rm"], ids(["network", "ls", "--quiet", "--filter", `name=^${prefix}-`]));
  remove(["volume", "rm", "--force"], ids(["volume", "ls", "--quiet", "--filter", `name=^${prefix}-`]));
}
