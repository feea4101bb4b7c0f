import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { networkVariable } from "../adoptable.ts";
import { candidatesOf, claim, describe, type Candidate, type Claimed, type ClaimState } from "../claim/claim.ts";
import { readOracleConfig } from "../claim/oracle-config.ts";
import { OracleApi } from "../claim/oracle-api.ts";
import { Region, type LaunchDetails } from "../claim/region.ts";
import { dataFolder } from "../data-folder.ts";
import { machineFiles } from "../machine/files.ts";
import { renderCloudInit } from "../render/cloud-init.ts";
import type { OracleSettings, Settings } from "../settings.ts";
import { deriveSshKey } from "../ssh-keys.ts";
import { Failure } from "./failure.ts";
import type { Stack } from "./stack.ts";

export interface ClaimOptions {
  /** Small machines count, too. */
  small?: boolean;
  tries: number;
}

/**
 * Gets a machine, however long it takes, and writes where it stands into the stack's settings: the next `up` takes it over.
 * Interrupted, it goes on where it stopped. Throws: Failure.
 */
export async function claimMachine(stack: Stack, key: string, settings: Settings, options: ClaimOptions): Promise<Claimed> {
  const { oracle } = settings;
  if (oracle === undefined)
    throw new Failure(`The stack ${stack.name} does not stand at Oracle.`, "Claim a machine for a stack whose place is oracle, such as prod.");
  const region = new Region(new OracleApi(readOracleConfig(process.env, homedir())), oracle);
  const file = join(dataFolder(stack.environment), `claim-${stack.name}.json`);
  const subnetId = await ensureNetwork(stack, settings);
  const details: LaunchDetails = { prefix: stack.prefix, subnetId, imageId: oracle.imageId, ...access(key, oracle) };
  const domains = await domainsFor(stack, region);
  const candidates = candidatesOf(domains, sizes(oracle, options.small === true));
  console.log(`Asking for a machine in ${candidates.length} places in turn. Stop it at any time; the same command goes on.`);
  const claimed = await claim(readState(file), {
    candidates,
    launch: (candidate, token) => region.launch(candidate, details, token),
    find: () => region.find(stack.prefix),
    save: (state) => writeState(file, state),
    say: (line) => console.log(`${new Date().toISOString()}  ${line}`),
    wait: (ms) => delay(ms).then(() => undefined),
    token: () => randomBytes(16).toString("hex"),
    random: Math.random,
    pauseMs: [20_000, 300_000],
    tries: options.tries,
  });
  await remember(stack, claimed);
  console.log(`Got one after ${claimed.tries} tries: ${describe(claimed.candidate)} (${claimed.instanceId}).`);
  return claimed;
}

function access(key: string, { sshPublicKey }: OracleSettings): Pick<LaunchDetails, "authorizedKeys" | "userData"> {
  const userData = renderCloudInit({ files: machineFiles(), hostKey: deriveSshKey(key, "host") });
  const own = deriveSshKey(key, "client").publicKey;
  return { authorizedKeys: sshPublicKey === undefined ? [own] : [own, sshPublicKey], userData };
}

/** The size that is set, and half of it where a small machine is better than none. */
function sizes({ ocpus, memoryGb }: OracleSettings, small: boolean): (readonly [number, number])[] {
  return small && ocpus > 1 ? [[ocpus, memoryGb] as const, [Math.floor(ocpus / 2), Math.floor(memoryGb / 2)] as const] : [[ocpus, memoryGb] as const];
}

/**
 * A machine needs its network first: that alone is made here. The policies judge the whole home before; the engine can't leave out what
 * follows from things that are not there yet, so the program does. Throws: Failure.
 */
export async function ensureNetwork(stack: Stack, settings: Settings): Promise<string> {
  await stack.preview(settings);
  await stack.upOnly(["**freehold:oracle:Network**"], { [networkVariable]: "1" });
  const subnet = (await stack.resources()).find(({ type }) => type === "oci:Core/subnet:Subnet")?.id;
  if (subnet === undefined)
    throw new Failure("The machine's network could not be made.", "Look at the messages above, mend the cause and run the same command again.");
  return subnet;
}

/** All domains, or the one in which the data volume lies: it can't follow a machine elsewhere. */
async function domainsFor(stack: Stack, region: Region): Promise<{ name: string; faultDomains: string[] }[]> {
  const domains = await region.domains();
  const volume = (await stack.resources()).find(({ type }) => type === "oci:Core/volume:Volume");
  const lies = volume?.inputs?.["availabilityDomain"];
  return lies === undefined ? domains : domains.filter(({ name }) => name === lies);
}

async function remember(stack: Stack, { instanceId, candidate }: Claimed): Promise<void> {
  const values: Record<string, string | number | undefined> = { claimedInstanceId: instanceId, ...settingsOf(candidate) };
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const { code, stderr } = await stack.quietly("config", "set", "--stack", stack.name, "--path", `freehold:oracle.${name}`, String(value));
    if (code !== 0)
      throw new Failure(`The machine is there, but its place could not be written down: ${stderr.trim()}`, "Run the same command again: it finds the machine.");
  }
}

const settingsOf = ({ availabilityDomain, faultDomain, ocpus, memoryGb }: Candidate) => ({ availabilityDomain, faultDomain, ocpus, memoryGb });

function readState(file: string): ClaimState {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ClaimState;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return { tries: 0 };
    throw new Failure(
      `${file} can't be read: ${(thrown as Error).message}`,
      "Move it away; the claim then looks for a machine of its own before it asks for one.",
    );
  }
}

/** In one step and to the disk: the token in it is what keeps a lost answer from becoming a second machine. */
function writeState(file: string, state: ClaimState): void {
  writeFileSync(`${file}.draft`, JSON.stringify(state), { mode: 0o600, flush: true });
  renameSync(`${file}.draft`, file);
}
