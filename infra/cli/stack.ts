import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packConfig, stateConfig } from "../../policies/config.ts";
import { dataFolder, sshFolder } from "../data-folder.ts";
import { homeFacts } from "../home-facts.ts";
import type { Toolchain } from "../setup/index.ts";
import type { Settings } from "../settings.ts";
import { withSsh } from "../ssh-access.ts";
import { Failure } from "./failure.ts";
import { dropForeignSalt } from "./foreign-salt.ts";
import { run, runAttached, type Ran } from "./run.ts";
import { stackName } from "./stack-name.ts";

const root = join(import.meta.dirname, "../..");

/** Where Pulumi's program and the settings of its stacks stand: in this checkout, or where FREEHOLD_PROJECT says. */
export const projectFolder = (environment: NodeJS.ProcessEnv): string => environment["FREEHOLD_PROJECT"] ?? root;

export const settingsFile = (environment: NodeJS.ProcessEnv, stack: string): string => join(projectFolder(environment), `Pulumi.${stack}.yaml`);

/** A resource as the state has it. */
export interface Known {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** Source: `infra/main.ts`. */
export interface Outputs {
  urls: { console: string; gateway: string };
  /** Of the machine, where the home has one elsewhere. */
  address: string;
  /** Where its backups lie. Shape of a repository: as restic takes it. */
  backups: { name: string; repository: string }[];
}

/** One Pulumi stack of this checkout, driven by the real engine with the policy pack always on. */
export class Stack {
  readonly name: string;
  readonly environment: Record<string, string | undefined>;
  readonly #pulumi: string;
  readonly #program: string;

  constructor(name: string, toolchain: Toolchain) {
    this.name = stackName(name);
    const folder = sshFolder(process.env);
    this.environment = { ...process.env, ...toolchain.env, PATH: withSsh(toolchain.env["PATH"], folder) };
    this.#pulumi = toolchain.pulumi;
    this.#program = projectFolder(this.environment);
  }

  /** The prefix of everything that this stack has in Docker. */
  get prefix(): string {
    return `freehold-${this.name}`;
  }

  /** Selects the stack in Pulumi, after making it where it is new. */
  async select(): Promise<void> {
    mkdirSync(join(dataFolder(this.environment), "state"), { recursive: true, mode: 0o700 });
    if (await dropForeignSalt(settingsFile(this.environment, this.name), this.environment["PULUMI_CONFIG_PASSPHRASE_FILE"] ?? ""))
      console.error(`Pulumi.${this.name}.yaml had the encryption salt of another computer's passphrase, and no secrets: it was taken out.`);
    const { code, stderr } = await this.quietly("stack", "select", "--create", "--secrets-provider", "passphrase", this.name);
    if (code !== 0)
      throw new Failure(
        `Pulumi could not select the stack ${this.name}: ${stderr.trim()}`,
        "Look at the message above; `npm run freehold -- doctor` checks the tools.",
      );
  }

  /** Brings the home to what the program says. Throws: Failure when Pulumi or a policy refuses. */
  async up(settings: Settings): Promise<void> {
    await this.#must(["up", "--yes", "--skip-preview", "--refresh", ...this.#guarded(settings)]);
  }

  /** Brings only a part of the home to what the program says, after a look at what there is of it. Shape: a URN, with `**` for any text. */
  async upPart(settings: Settings, target: string): Promise<void> {
    await this.#must(["up", "--yes", "--skip-preview", "--refresh", "--target", target, ...this.#guarded(settings)]);
  }

  /**
   * Takes only what the patterns name, with more in the program's environment. The policies are left out: of what is not named they would see no
   * properties. It is for what is there already, or was judged before. Shape: as `upPart`.
   */
  async upOnly(targets: readonly string[], more: Record<string, string>): Promise<void> {
    await this.#must(["up", "--yes", "--skip-preview", ...targets.flatMap((target) => ["--target", target]), ...this.#common()], more);
  }

  /** Judges what runs, by Pulumi's state alone: neither the program nor a cloud is asked. */
  async checkState(settings: Settings): Promise<void> {
    await this.#must(["policy", "analyze", ...this.#policies("state-policies", stateConfig(homeFacts(settings))), "--stack", this.name, "--non-interactive"]);
  }

  /** Looks for a part of what the state has, and takes out of it what is gone. Shape: as `upPart`. Throws: Failure. */
  async refreshParts(targets: readonly string[]): Promise<void> {
    await this.#must(["refresh", "--yes", "--skip-preview", ...targets.flatMap((target) => ["--target", target]), ...this.#common()]);
  }

  async preview(settings: Settings, extra: readonly string[] = []): Promise<void> {
    await this.#must(["preview", ...this.#guarded(settings), ...extra]);
  }

  async destroy(): Promise<void> {
    await this.#must(["destroy", "--yes", "--skip-preview", ...this.#common()]);
  }

  /** Compares the state with what there really is. Throws: Failure where somebody changed something by hand. */
  async drift(): Promise<void> {
    await this.#must(["refresh", "--preview-only", "--expect-no-changes", ...this.#common()]);
  }

  /** Writes a setting. Throws: Failure. */
  async setFlag(path: string, value: boolean): Promise<void> {
    const { code, stderr } = await this.quietly("config", "set", "--stack", this.name, "--path", path, String(value));
    if (code !== 0) throw new Failure(`The setting ${path} could not be written: ${stderr.trim()}`, `Look at Pulumi.${this.name}.yaml.`);
  }

  /** What Pulumi knows of; nothing where it does not know the stack. */
  async resources(): Promise<Known[]> {
    const { code, stdout } = await this.quietly("stack", "export", "--stack", this.name);
    if (code !== 0) return [];
    const { deployment } = JSON.parse(stdout) as { deployment?: { resources?: Known[] } };
    return deployment?.resources ?? [];
  }

  /** What the program tells of the home that stands; of one that is down, or was never up, nothing. */
  async outputs(): Promise<Partial<Outputs>> {
    const { code, stdout } = await this.quietly("stack", "output", "--json", "--stack", this.name);
    return code === 0 ? (JSON.parse(stdout) as Partial<Outputs>) : {};
  }

  /** All that Pulumi knows of the stack, secrets sealed. Throws: Failure. */
  async exportState(): Promise<string> {
    const { code, stdout, stderr } = await this.quietly("stack", "export", "--stack", this.name);
    if (code === 0) return stdout;
    throw new Failure(`What Pulumi knows of the stack ${this.name} could not be read: ${stderr.trim()}`, "`npm run freehold -- doctor` checks the tools.");
  }

  /** Takes over what another computer's Pulumi knew; a stack that has resources here keeps its own. Throws: Failure. */
  async adoptState(state: string): Promise<void> {
    if (await this.exists()) return;
    const { code, stderr } = await this.withInput(state, "stack", "import", "--stack", this.name);
    if (code !== 0)
      throw new Failure(`What Pulumi knew of the stack ${this.name} could not be taken over: ${stderr.trim()}`, "Is the kit of this home, and whole?");
  }

  /** Whether Pulumi knows this stack and it has resources. */
  async exists(): Promise<boolean> {
    return (await this.resources()).length > 1;
  }

  async quietly(...argv: string[]): Promise<Ran> {
    return run(this.#pulumi, [...argv, "--non-interactive", "--color", "never"], { cwd: this.#program, env: this.environment });
  }

  /** The same with text on standard input, for values that must not stand in a process list. */
  async withInput(input: string, ...argv: string[]): Promise<Ran> {
    return run(this.#pulumi, [...argv, "--non-interactive", "--color", "never"], { cwd: this.#program, env: this.environment, input });
  }

  /** Pulumi on this terminal, as typed by hand. */
  async attached(argv: readonly string[], more: Record<string, string> = {}): Promise<number> {
    return runAttached(this.#pulumi, argv, { cwd: this.#program, env: { ...this.environment, ...more } });
  }

  #common(): string[] {
    return ["--stack", this.name, "--non-interactive", "--suppress-outputs"];
  }

  /** The policy pack, told what it must know of this home; its settings go through a file. */
  #guarded(settings: Settings): string[] {
    return [...this.#policies("policies", packConfig(homeFacts(settings))), ...this.#common()];
  }

  #policies(name: string, config: object): string[] {
    const file = join(dataFolder(this.environment), `${name}-${this.name}.json`);
    writeFileSync(file, JSON.stringify(config));
    return ["--policy-pack", join(root, "policies"), "--policy-pack-config", file];
  }

  async #must(argv: readonly string[], more: Record<string, string> = {}): Promise<void> {
    const code = await this.attached(argv, more);
    if (code === 0) return;
    throw new Failure(
      `\`pulumi ${argv[0]}\` of stack ${this.name} ended with code ${code}; its messages above say why.`,
      "Mend the cause and run the same command again: it goes on where it stopped.",
    );
  }
}
