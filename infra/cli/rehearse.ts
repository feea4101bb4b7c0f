import { setUp } from "../setup/index.ts";
import type { Progress } from "../setup/progress.ts";
import { faultNames } from "../rehearsal/faults.ts";
import { buildImages, closeSite, openNetwork, openOutside } from "../rehearsal/site.ts";
import { steps, type Stage, type Step } from "../rehearsal/steps.ts";
import { readUsage, type Usage } from "../rehearsal/usage.ts";
import { buckets, removeWorkspaces, Workspace } from "../rehearsal/workspace.ts";
import { Failure } from "./failure.ts";

export interface RehearseOptions {
  keep?: true;
  only?: string;
  fault: string[];
  clean?: true;
}

/** One at a time: they share the addresses that stand for the Internet. */
const name = "freehold-rehearsal";

/** Those that strike while a home is made; what happens to one that stands is a step of its own. */
const faults: readonly string[] = faultNames.filter((fault) => !["reclaimed-vm", "terminated-vm", "lost-volume"].includes(fault));

const notSimulated = [
  "the accounts: sign-up, billing, what Oracle or Google really charge",
  "Arm: the containers have this computer's CPU",
  "Ubuntu: the machine is Debian with Ubuntu's user, Oracle's firewall rules and the same cloud-init; packages are there already",
  "cloud-init's own source for Oracle: it reads the same metadata from files",
  "a kernel, a boot disk and swap of its own; a restart of the machine",
  "a disk that is pulled out while it is written to: it is emptied first",
  "security lists, IPv6, quotas, budgets and alarms: they are noted and checked, and hinder nobody",
  "rights of keys at the buckets, their rules of lifecycle, and durability",
  "Let's Encrypt's limits and waits; delays of the DNS",
];

/** `freehold rehearse`: the production program against clouds of this computer, from nothing to a restored home. */
export async function rehearse(options: RehearseOptions, progress: Progress): Promise<void> {
  if (options.clean) return clean();
  const wanted = chosen(options.only);
  checkFaults(options.fault);
  await setUp(progress);
  await timed("the images of the simulated VM, Internet and buckets", () => buildImages(["vm", "internet", "buckets"]));
  // Where another rehearsal runs this fails, and nothing of the other is touched.
  await openNetwork(name);
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Failure("The rehearsal was interrupted.", options.keep ? "It stays as it was then." : "Nothing of it is left."));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const workspace = new Workspace(name, stop.signal);
  const stage: Stage = { workspace, faults: options.fault.join(","), say: (line) => console.log(line), figures: [] };
  const interrupted = new Promise<never>((_resolve, reject) => stop.signal.addEventListener("abort", () => reject(stop.signal.reason as Failure)));
  try {
    await Promise.race([interrupted, play(wanted, stage)]);
    console.log(table(stage.figures, await readUsage(name)));
    console.log(`\nNot simulated:\n${notSimulated.map((what) => `  - ${what}`).join("\n")}`);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    await stage.home?.close();
    await workspace.close(options.keep === true);
    if (options.keep) console.log(`\nKept: the containers ${name}-*, and ${workspace.folder}. Away with them: npm run freehold -- rehearse --clean`);
    else await closeSite(name);
  }
}

async function play(wanted: readonly Step[], stage: Stage): Promise<void> {
  await openOutside(name, { buckets: Object.values(buckets) });
  await stage.workspace.startClouds();
  for (const [index, step] of wanted.entries()) await timed(`${index + 1}/${wanted.length} ${step.name}: ${step.what}`, () => step.run(stage));
}

async function clean(): Promise<void> {
  await closeSite(name);
  removeWorkspaces();
  console.log("Nothing of a rehearsal is left.");
}

/** Throws: Failure for a name that is no step's. */
function chosen(only: string | undefined): readonly Step[] {
  if (only === undefined) return steps;
  const last = steps.findIndex((step) => step.name === only);
  if (last === -1) throw new Failure(`"${only}" is no step.`, `There are: ${steps.map((step) => step.name).join(", ")}.`);
  const needed = only === "up" ? [] : ["recreate", "restore", "computer", "kit", "account"].includes(only) ? ["up", "job"] : ["up"];
  return steps.filter((step) => step.name === only || needed.includes(step.name));
}

function checkFaults(given: readonly string[]): void {
  const unknown = given.find((fault) => !/^seed=\d+$/.test(fault) && !faults.includes(/^[a-z-]*/.exec(fault)?.[0] ?? ""));
  if (unknown !== undefined)
    throw new Failure(
      `"${unknown}" is no fault.`,
      `There are: ${faults.join(", ")}; with =2 one strikes twice. seed=7 draws some, the same for the same number.`,
    );
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const began = Date.now();
  console.log(`${what} …`);
  await work();
  console.log(`  done in ${((Date.now() - began) / 1_000).toFixed(1)} s`);
}

/** Shape: lines with two columns. */
export function table(figures: readonly { what: string; value: string }[], used: readonly Usage[]): string {
  const amount = ({ used: value, limit, unit }: Usage) =>
    unit === "bytes" ? `${(value / 1e6).toFixed(1)} MB of ${(limit / 1e9).toFixed(0)} GB` : `${value} in this rehearsal, of ${limit} a month`;
  const rows = [...figures, ...used.map((row) => ({ what: row.what, value: amount(row) }))];
  const width = Math.max(...rows.map(({ what }) => what.length));
  return ["", ...rows.map(({ what, value }) => `${what.padEnd(width)}  ${value}`)].join("\n");
}
