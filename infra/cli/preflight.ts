import { existsSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { parseSettings, type Settings } from "../settings.ts";
import { Failure } from "./failure.ts";
import { dockerText } from "./run.ts";
import type { Stack } from "./stack.ts";

const neededGb = 5;

/** Reads the stack's settings before anything is built, so that a bad one costs seconds. Throws: Failure. */
export async function readSettings(stack: Stack): Promise<Settings> {
  const { code, stdout, stderr } = await stack.quietly("config", "--json", "--stack", stack.name);
  if (code !== 0) throw new Failure(`Pulumi can't read Pulumi.${stack.name}.yaml: ${stderr.trim()}`, "Mend the file; `git diff` shows what was changed in it.");
  const entries = Object.entries(JSON.parse(stdout) as Record<string, { value?: string; secret?: boolean }>);
  // A secret's text is not asked for; any long text passes the schema in its place.
  const configuration = Object.fromEntries(entries.map(([name, { value, secret }]) => [name, secret ? "secret".padEnd(40, "-") : (value ?? "")]));
  try {
    return parseSettings(stack.name, configuration);
  } catch (thrown) {
    throw new Failure((thrown as Error).message, `Edit Pulumi.${stack.name}.yaml, or use the commands above.`);
  }
}

/** Looks for what would make a start fail half-way: ports held by others, too little disk. Throws: Failure. */
export async function checkMachine(stack: Stack, settings: Settings): Promise<void> {
  await checkDisk();
  const running = await dockerText("ps", "--quiet", "--filter", `name=^${stack.prefix}-edge$`);
  if (running !== undefined && running !== "") return;
  await checkPort(settings.httpPort, "httpPort", stack.name);
  await checkPort(settings.httpsPort, "httpsPort", stack.name);
}

async function checkDisk(): Promise<void> {
  const folder = await dockerText("info", "--format", "{{.DockerRootDir}}");
  // Docker's folder is elsewhere (a remote engine, a desktop's VM): its own errors must do.
  if (folder === undefined || !existsSync(folder)) return;
  const { bavail, bsize } = statfsSync(folder);
  const freeGb = (bavail * bsize) / 1e9;
  if (freeGb < neededGb)
    throw new Failure(
      `Docker's folder ${folder} has ${freeGb.toFixed(1)} GB free; images and data need ${neededGb} GB.`,
      "Free some space (`docker system df` shows what Docker holds) and start again.",
    );
}

async function checkPort(port: number, setting: string, stack: string): Promise<void> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const probe = createServer();
    probe.once("error", resolve);
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
  if (error === undefined) return;
  const why = error.code === "EADDRINUSE" ? "is taken by another program" : `can't be used (${error.code})`;
  throw new Failure(
    `Port ${port} of 127.0.0.1 ${why}.`,
    `Stop that program, or choose another port: npm run freehold -- pulumi config set --stack ${stack} freehold:${setting} <port>`,
  );
}
