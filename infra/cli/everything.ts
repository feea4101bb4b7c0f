import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { emptyBucket } from "../claim/bucket.ts";
import type { OracleApi } from "../claim/oracle-api.ts";
import { dataFolder, keyFile, sshFolder } from "../data-folder.ts";
import type { Settings } from "../settings.ts";
import { adoptLost } from "./adopt.ts";
import { describeSnapshot, listSnapshots } from "./backups.ts";
import { Failure } from "./failure.ts";
import type { HomeClient } from "./home-client.ts";
import { clearInterrupted } from "./interrupted.ts";
import { findKey } from "./key-store.ts";
import { endTenants } from "./left-tenants.ts";
import { isReleased, lossesInClouds, released, type Exported, type ExportedStack } from "./released.ts";
import { run } from "./run.ts";
import type { Stack } from "./stack.ts";

export interface Ending {
  stack: Stack;
  settings: Settings;
  /** The stack's name, where the owner has said it already. */
  yes: string | undefined;
  /** Reads a line from the owner; undefined where nobody is there to ask. */
  ask: ((question: string) => Promise<string>) | undefined;
  /** The home's own API, where it answers. */
  home: () => Promise<HomeClient>;
  environment: NodeJS.ProcessEnv;
  /** Oracle, which deletes a bucket only once it is empty. */
  oracle: () => OracleApi;
  /** Where Oracle's storage answers, for tests; its own address unless given. */
  storage?: string;
}

/**
 * Takes a home down with all that outlives it otherwise, after saying what that is and being told the stack's name. Interrupted at any point, the same
 * command goes on. Throws: Failure.
 */
export async function endEverything(ending: Ending): Promise<void> {
  const { stack, settings, yes, ask, home, environment } = ending;
  await clearInterrupted(stack);
  // Else what an earlier run has lost sight of would be left behind.
  await adoptLost(stack, settings);
  const resources = (await stack.resources()) as Exported[];
  const losses = [
    ...(settings.place === "oracle" ? lossesInClouds(resources) : await dockerVolumes(stack.name)),
    ...(await snapshots(home)),
    ...(findKey(environment, stack.name) === undefined
      ? []
      : [`the home's key ${keyFile(environment, stack.name)}: without it no backup can be read, wherever a copy is`]),
  ];
  if (losses.length === 0 && resources.length === 0) return console.log(`There is nothing of the home ${stack.name}.`);
  console.log([`This takes away for good, with no way back:`, ...losses.map((line) => `  - ${line}`)].join("\n"));
  await confirm(stack.name, yes, ask);
  await (settings.place === "oracle" ? endClouds(ending, resources) : endLocal(stack));
  const { code, stderr } = await stack.quietly("stack", "rm", "--yes", "--preserve-config", "--stack", stack.name);
  if (code !== 0) throw new Failure(`All is gone, but Pulumi could not forget the stack ${stack.name}: ${stderr.trim()}`, "Run the same command again.");
  forget(stack, environment);
  console.log(`Nothing of the home ${stack.name} is left. Its settings in Pulumi.${stack.name}.yaml stay; \`up\` makes a new, empty home.`);
}

/** Throws: Failure unless the stack's name was given. */
async function confirm(name: string, yes: string | undefined, ask: Ending["ask"]): Promise<void> {
  if (yes === undefined && ask === undefined) throw new Failure("Nobody is there to be asked.", `Say it beforehand: --yes ${name}`);
  const said = yes ?? (await ask?.(`Type the stack's name (${name}) to go on: `)) ?? "";
  if (said.trim() !== name) throw new Failure(`"${said.trim()}" is not ${name}; nothing was taken away.`, `To go on, give the stack's own name: ${name}`);
}

/** Asks on this terminal. */
export async function askHere(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  return terminal.question(question).finally(() => terminal.close());
}

async function endClouds({ stack, settings, oracle, storage }: Ending, resources: readonly Exported[]): Promise<void> {
  await release(stack, "oracle");
  const bucket = resources.find(({ type }) => type === "oci:ObjectStorage/bucket:Bucket");
  if (bucket !== undefined && settings.oracle !== undefined) {
    const { namespace, name } = { ...bucket.inputs, ...bucket.outputs };
    const where = { homeRegion: settings.oracle.homeRegion, namespace: String(namespace), bucket: String(name) };
    const say = (count: number) => console.log(`  ${count} objects of ${String(name)} are gone …`);
    await emptyBucket(oracle(), storage === undefined ? where : { ...where, endpoint: storage }, say);
  }
  if (resources.some(({ type }) => type === "cloudflare:index/r2Bucket:R2Bucket"))
    console.log("Cloudflare deletes an empty bucket only: if it refuses, empty it on its page (R2, the bucket, Settings), and run the same command again.");
  await stack.destroy();
  for (const setting of ["running", "claimedInstanceId"]) await stack.quietly("config", "rm", "--stack", stack.name, "--path", `freehold:oracle.${setting}`);
}

/** The manager first: it would start its tenants again. */
async function endLocal(stack: Stack): Promise<void> {
  await run("docker", ["container", "stop", `${stack.prefix}-manager`]);
  await endTenants(stack.name);
  await release(stack, "local");
  await stack.destroy();
  const filter = ["--filter", `label=freehold.stack=${stack.name}`];
  for (const kind of ["volume", "network"]) {
    const { stdout } = await run("docker", [kind, "ls", "--quiet", ...filter]);
    const left = stdout.split("\n").filter((id) => id !== "");
    if (left.length === 0) continue;
    const { code, stderr } = await run("docker", [kind, "rm", ...left]);
    if (code !== 0) throw new Failure(`Docker did not remove each ${kind} of the home: ${stderr.trim()}`, "Mend the cause and run the same command again.");
  }
}

/** Lifts what keeps things, in one step; a state that was lifted already is left alone. */
async function release(stack: Stack, place: Settings["place"]): Promise<void> {
  const { code, stdout, stderr } = await stack.quietly("stack", "export", "--stack", stack.name);
  if (code !== 0) throw new Failure(`Pulumi's state of ${stack.name} can't be read: ${stderr.trim()}`, "npm run freehold -- doctor checks the tools.");
  const exported = JSON.parse(stdout) as ExportedStack;
  const resources = exported.deployment?.resources ?? [];
  const lifted = released(exported, place);
  if (isReleased(resources) && lifted.deployment?.resources?.length === resources.length) return;
  const imported = await stack.withInput(JSON.stringify(lifted), "stack", "import", "--stack", stack.name);
  if (imported.code !== 0)
    throw new Failure(`What is kept could not be released: ${imported.stderr.trim()}`, "Nothing was taken away; run the same command again.");
}

/** The volumes of a home on this machine, with what is in each. */
async function dockerVolumes(stackName: string): Promise<string[]> {
  const { code, stdout } = await run("docker", ["system", "df", "--verbose", "--format", "{{json .Volumes}}"]);
  if (code !== 0) throw new Failure("Docker does not answer.", "npm run freehold -- doctor says what is missing.");
  const volumes = (JSON.parse(stdout) as { Name: string; Labels: string; Size: string }[] | null) ?? [];
  return volumes
    .filter(({ Labels }) => Labels.split(",").includes(`freehold.stack=${stackName}`))
    .map(({ Name, Size }) => `the volume ${Name} (${Size})`)
    .toSorted();
}

/** How many backups go, where the home can be asked. */
async function snapshots(home: Ending["home"]): Promise<string[]> {
  try {
    const client = await home();
    const known = await listSnapshots(client).finally(() => client.close());
    const [newest] = known;
    return newest === undefined ? [] : [`${known.length} snapshots; the newest: ${describeSnapshot(newest)}`];
  } catch {
    return ["every snapshot in those buckets (the home does not answer, so they are not counted)"];
  }
}

/** What this computer keeps of the home; Pulumi's passphrase stays, since other homes have it too. */
function forget(stack: Stack, environment: NodeJS.ProcessEnv): void {
  const folder = dataFolder(environment);
  const files = [`claim-${stack.name}.json`, `policies-${stack.name}.json`, `state-policies-${stack.name}.json`].map((name) => join(folder, name));
  for (const path of [...files, join(sshFolder(environment), stack.prefix), keyFile(environment, stack.name)]) rmSync(path, { recursive: true, force: true });
}
