import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Stack } from "../../infra/cli/stack.ts";
import type { Clouds, Resource } from "../../infra/rehearsal/clouds.ts";
import { parseSettings, type Settings } from "../../infra/settings.ts";
import type { Toolchain } from "../../infra/setup/index.ts";
import { cloudConfiguration } from "../../infra/testing/captured.ts";

const checkout = join(import.meta.dirname, "../..");

/** A stack whose runs are read instead of shown. */
export class QuietStack extends Stack {
  /** What the last run said. */
  said = "";

  override async attached(argv: readonly string[], more: Record<string, string> = {}): Promise<number> {
    Object.assign(this.environment, more);
    const { code, stdout, stderr } = await this.quietly(...argv);
    for (const name of Object.keys(more)) delete this.environment[name];
    this.said = stdout + stderr;
    return code;
  }

  /** Does it, and lets what Pulumi said be seen where it fails. */
  async show(work: Promise<void>): Promise<void> {
    await work.catch((thrown: Error) => {
      throw new Error(`${thrown.message}\n${this.said}`);
    });
  }

  /** What Pulumi would still change after a look at what there is; nothing where a home is what the program says. */
  async leftToDo(): Promise<string> {
    const { code, stdout, stderr } = await this.quietly("preview", "--stack", this.name, "--refresh", "--expect-no-changes", "--diff");
    return code === 0 ? "" : stdout + stderr;
  }
}

/** Simulated clouds with a state of Pulumi's beside them, in a folder of their own. */
export class CloudScene {
  readonly folder = mkdtempSync(join(tmpdir(), "freehold-test-clouds-"));
  readonly #tools: Toolchain;
  #provider: ChildProcess | undefined;
  #port = "";

  constructor(tools: Toolchain) {
    this.#tools = tools;
    for (const name of ["infra", "policies", "runtime", "tests", "node_modules", "package.json", "package-lock.json", "tsconfig.json"])
      symlinkSync(join(checkout, name), join(this.folder, name));
    const project = readFileSync(join(checkout, "Pulumi.yaml"), "utf8").replace(/^main: .*$/m, "main: tests/contract/clouds-program/main.ts");
    writeFileSync(join(this.folder, "Pulumi.yaml"), project);
    for (const name of ["state", "data/keys", "ssh"]) mkdirSync(join(this.folder, name), { recursive: true });
    this.configure();
  }

  get #cloudsFile(): string {
    return join(this.folder, "clouds.json");
  }

  /** Writes the settings and answers with them. */
  configure(changes: Record<string, unknown> = {}): Settings {
    const configuration = cloudConfiguration(changes);
    const file = join(this.folder, "Pulumi.prod.yaml");
    const salt = existsSync(file) ? (/^encryptionsalt:.*$/m.exec(readFileSync(file, "utf8"))?.[0] ?? "") : "";
    const lines = Object.entries(configuration).map(([name, value]) => `  ${name}: ${value}`);
    writeFileSync(file, `${salt}\nconfig:\n${lines.join("\n")}\n`);
    return parseSettings("prod", configuration);
  }

  /** Starts the clouds anew, on what they have. Shape: as FREEHOLD_FAULTS names faults. */
  async start(faults = ""): Promise<QuietStack> {
    await this.stop();
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(checkout, "infra/rehearsal/provider.ts")], {
      env: { ...process.env, FREEHOLD_CLOUDS: this.#cloudsFile, FREEHOLD_FAULTS: faults },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#provider = child;
    this.#port = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
    return this.#stack();
  }

  async stop(): Promise<void> {
    const child = this.#provider;
    this.#provider = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await gone;
  }

  #stack(): QuietStack {
    const attached = ["oci", "gcp", "cloudflare", "docker", "command"].map((name) => `${name}:${this.#port}`).join(",");
    const env = {
      ...this.#tools.env,
      PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_DEBUG_PROVIDERS: attached,
      FREEHOLD_HOME: join(this.folder, "data"),
      FREEHOLD_SSH: join(this.folder, "ssh"),
      FREEHOLD_PROJECT: this.folder,
    };
    return new QuietStack("prod", { ...this.#tools, env });
  }

  /** Keeps clouds and state under a name, or goes back to what was kept. */
  keep(name: string): void {
    this.#copy(this.folder, join(this.folder, "kept", name));
  }

  goBackTo(name: string): void {
    this.#copy(join(this.folder, "kept", name), this.folder);
  }

  /** The state of what was kept, with the clouds as they are. */
  forgetState(name: string): void {
    this.#copy(join(this.folder, "kept", name), this.folder, ["state"]);
  }

  #copy(from: string, to: string, parts = ["state", "clouds.json"]): void {
    mkdirSync(to, { recursive: true });
    for (const part of parts) {
      rmSync(join(to, part), { recursive: true, force: true });
      if (existsSync(join(from, part))) cpSync(join(from, part), join(to, part), { recursive: true });
    }
  }

  get clouds(): Clouds {
    return JSON.parse(readFileSync(this.#cloudsFile, "utf8")) as Clouds;
  }

  /** Changes what the clouds have, as somebody's hand would; while they are stopped. */
  change(change: (clouds: Clouds) => Clouds): void {
    writeFileSync(this.#cloudsFile, JSON.stringify(change(this.clouds)));
  }

  all(type: string): Resource[] {
    return Object.values(this.clouds.resources).filter((resource) => resource.type === type);
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
