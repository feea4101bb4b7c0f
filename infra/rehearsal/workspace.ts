import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../cli/failure.ts";
import { ensureKey } from "../cli/key-store.ts";
import { deleteResource, type Clouds, type Resource } from "./clouds.ts";
import { certificateAuthority } from "./site.ts";

const checkout = join(import.meta.dirname, "../..");
export const stackName = "prod";
const settingsName = `Pulumi.${stackName}.yaml`;
export const domain = "home.test";

/** The settings of the rehearsed home: those of docs/prod.md, with accounts that nobody has. */
const settings = {
  "freehold:place": "oracle",
  "freehold:oracle": {
    homeRegion: "eu-zurich-1",
    tenancyId: "ocid1.tenancy.oc1..rehearsal",
    compartmentId: "ocid1.compartment.oc1..rehearsal",
    availabilityDomain: "Uocm:EU-ZURICH-1-AD-1",
    imageId: "ocid1.image.oc1.eu-zurich-1.rehearsal",
    adminCidrs: ["203.0.113.7/32"],
    domain,
    email: "owner@home.test",
    certificateAuthority,
  },
  "freehold:google": { projectId: "rehearsal-123456" },
  "freehold:cloudflare": { zoneId: "0".repeat(32) },
};

/** As the program names them. */
export const buckets = { hourly: "freehold-prod-hourly", daily: "rehearsal-123456-freehold-prod" } as const;

const prefix = "freehold-rehearsal-";

/** Removes what was kept, with the secrets in it. */
export function removeWorkspaces(): void {
  for (const name of readdirSync(tmpdir())) if (name.startsWith(prefix)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
}

export interface Ran {
  code: number;
  said: string;
}

/** A folder with the production program, settings and state of its own, and the simulated clouds that it meets. */
export class Workspace {
  readonly folder: string;
  readonly rehearsal: string;
  readonly signal: AbortSignal;
  /** The file with the recovery kit. */
  readonly kit: string;
  /** The same as it was typed off from paper. */
  readonly printedKit: string;
  /** The home's key. */
  readonly key: string;
  #clouds: ChildProcess | undefined;
  #port = "";
  #running: Promise<unknown> = Promise.resolve();

  constructor(rehearsal: string, signal: AbortSignal) {
    this.rehearsal = rehearsal;
    this.signal = signal;
    this.folder = mkdtempSync(join(tmpdir(), prefix));
    this.kit = join(this.folder, "kit.txt");
    this.printedKit = join(this.folder, "printed.txt");
    for (const name of ["infra", "policies", "runtime", "node_modules", "package.json", "package-lock.json", "tsconfig.json", "Pulumi.yaml"])
      symlinkSync(join(checkout, name), join(this.folder, name));
    // JSON is YAML.
    writeFileSync(join(this.folder, settingsName), JSON.stringify({ config: settings }, null, 2));
    mkdirSync(this.#data, { mode: 0o700 });
    this.key = ensureKey({ FREEHOLD_HOME: this.#data }, stackName);
  }

  /** Where all that the commands print is kept. */
  get log(): string {
    return join(this.folder, "log.txt");
  }

  /** Starts the simulated clouds; with faults those that ran before are ended first. Shape: `out-of-capacity=1`. */
  async startClouds(faults = ""): Promise<void> {
    this.#clouds?.kill();
    const environment = { ...process.env, FREEHOLD_CLOUDS: this.#cloudsFile, FREEHOLD_REHEARSAL: this.rehearsal, FREEHOLD_FAULTS: faults };
    const program = join(checkout, "infra/rehearsal/provider.ts");
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program], { env: environment, stdio: ["pipe", "pipe", "pipe"] });
    this.#clouds = child;
    child.stderr.on("data", (chunk: Buffer) => appendFileSync(this.log, chunk));
    this.#port = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("close", () => reject(new Failure("The simulated clouds did not start.", `Look at the end of ${this.log}.`)));
    });
  }

  /** A command of Freehold's as its owner types it. */
  async freehold(...argv: string[]): Promise<Ran> {
    this.signal.throwIfAborted();
    appendFileSync(this.log, `\n$ freehold ${argv.join(" ")}\n`);
    const program = join(checkout, "infra/cli/main.ts");
    // A group of its own, so that with it the engine and its plugins can be told to stop.
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...argv], {
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const stop = () => void endGroup(child);
    this.signal.addEventListener("abort", stop, { once: true });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        appendFileSync(this.log, chunk);
      });
    const ended = new Promise<number>((resolve) => void child.once("close", (code) => resolve(code ?? 1)));
    this.#running = ended;
    const code = await ended;
    this.signal.removeEventListener("abort", stop);
    this.signal.throwIfAborted();
    return { code, said };
  }

  /** The same where only success will do. Throws: Failure with its last words. */
  async must(...argv: string[]): Promise<string> {
    const { code, said } = await this.freehold(...argv);
    if (code === 0) return said;
    throw new Failure(
      `\`freehold ${argv.join(" ")}\` ended with ${code}:\n${said.trimEnd().split("\n").slice(-25).join("\n")}`,
      `With --keep everything stays as it is, to be looked at; the whole log: ${this.log}`,
    );
  }

  /** What exists in the simulated clouds. */
  resources(type: string): Resource[] {
    if (!existsSync(this.#cloudsFile)) return [];
    return Object.values((JSON.parse(readFileSync(this.#cloudsFile, "utf8")) as Clouds).resources).filter((resource) => resource.type === type);
  }

  /** Takes a resource away behind the program's back, with what falls with it. */
  lose(id: string): void {
    const clouds = JSON.parse(readFileSync(this.#cloudsFile, "utf8")) as Clouds;
    writeFileSync(this.#cloudsFile, JSON.stringify(deleteResource(clouds, id), null, 1));
  }

  /** The same of all whose types begin so, as where an account is closed. */
  loseAll(prefix: string): void {
    const clouds = JSON.parse(readFileSync(this.#cloudsFile, "utf8")) as Clouds;
    const resources = Object.fromEntries(Object.entries(clouds.resources).filter(([, { type }]) => !type.startsWith(prefix)));
    writeFileSync(this.#cloudsFile, JSON.stringify({ ...clouds, resources } satisfies Clouds, null, 1));
  }

  /** Ends the clouds, once no command needs them any more; the folder with all its secrets goes unless it is to be looked at. */
  async close(keep: boolean): Promise<void> {
    await this.#running;
    this.#clouds?.kill();
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }

  /** The owner's computer is another one: a checkout as everybody has it, and nothing else. */
  loseComputer(): void {
    rmSync(this.#data, { recursive: true });
    copyFileSync(join(checkout, settingsName), join(this.folder, settingsName));
  }

  get #data(): string {
    return join(this.folder, "data");
  }

  get #cloudsFile(): string {
    return join(this.folder, "clouds.json");
  }

  get #environment(): NodeJS.ProcessEnv {
    const { DOCKER_HOST: _elsewhere, PULUMI_CONFIG_PASSPHRASE: _theirs, FREEHOLD_STACK: _other, ...environment } = process.env;
    const attached = ["oci", "gcp", "cloudflare"].map((name) => `${name}:${this.#port}`).join(",");
    return { ...environment, FREEHOLD_HOME: this.#data, FREEHOLD_PROJECT: this.folder, PULUMI_DEBUG_PROVIDERS: attached };
  }
}

/** Pulumi notes what it has begun and ends; what does not end within half a minute is killed. */
async function endGroup(child: ChildProcess): Promise<void> {
  const tell = (signal: NodeJS.Signals) => {
    try {
      process.kill(-(child.pid as number), signal);
    } catch {
      // It has ended by itself.
    }
  };
  tell("SIGINT");
  await delay(30_000, undefined, { ref: false });
  tell("SIGKILL");
}
