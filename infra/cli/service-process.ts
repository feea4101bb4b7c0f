import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { Failure } from "./failure.ts";
import { parseLine, renderLine } from "./service-lines.ts";

export interface ServiceProcessOptions {
  env: NodeJS.ProcessEnv;
  /** Shows the log as it is. */
  verbose: boolean;
}

/** A service of the home as a process of its own, whose words for people go to this terminal. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  /** Resolves when it has ended and all it said is here. */
  readonly ended: Promise<void>;
  readonly #port: Promise<number | undefined>;
  isRunning = true;
  code: number | string | null = null;
  /** Why it did not start. */
  lastWords: string | undefined;

  constructor(main: string, { env, verbose }: ServiceProcessOptions) {
    // The optimising compiler of WebAssembly would take 500 MB at the start for a database that is fast enough without.
    // Away from the terminal's Ctrl-C, which npm passes on as well: a second one would break the ending off. The channel tells it when this process is killed.
    this.#child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--liftoff-only", main], {
      env,
      detached: true,
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        this.isRunning = false;
        this.code = code ?? signal;
        resolve();
      });
    });
    this.#port = new Promise((resolve) => {
      createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })
        .on("line", (text) => {
          const line = parseLine(text);
          if (line?.event === "service.start-failed") this.lastWords = line.reason;
          if (typeof line?.port === "number") resolve(line.port);
          const said = line === undefined || verbose ? text : renderLine(line);
          if (said !== undefined) console.log(said);
        })
        .once("close", () => resolve(undefined));
    });
  }

  /** The port that it listens on, as soon as it does. Throws: Failure when it ends before. */
  async port(): Promise<number> {
    const port = await this.#port;
    if (port !== undefined) return port;
    await this.ended;
    throw new Failure(this.lastWords ?? `A service ended with ${this.code} before it listened.`, "Its last words stand above.");
  }

  stop(): void {
    if (this.isRunning) this.#child.kill("SIGTERM");
  }
}
