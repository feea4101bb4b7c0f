import { appendFileSync, chmodSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "@freehold/kernel/log";
import { createDice, type Dice } from "../../../../tests/support/dice.ts";
import { run } from "../process.ts";
import { createConfinement } from "../tenants/confinement.ts";
import { doubtFreshCopies, foreknow, frozenPass, hotPass, type PassParts } from "../tenants/passes.ts";
import { passArguments } from "../tenants/rsync.ts";
import { layoutOfTenants, stagedHomeOf } from "../tenants/tenant-layout.ts";

/**
 * A home in which anything happens between the steps of a backup, for tests. Prints what a comparison of every byte finds different afterwards, by seed, in how many rounds the
 * pass while the tenant stood still knew where to look, and how often that was of no use. Started as: restless-home.ts <folder> <seeds> [busy], where busy says that things happen
 while the passes run, too.
 */
const [folder = "", seeds = "1", busy] = process.argv.slice(2);
const rounds = 4;
const layout = layoutOfTenants(folder);
const clock = { now: () => Date.now() };
const confinement = createConfinement(silentLog);
let warnings = 0;
const log = { ...silentLog, warn: () => void (warnings += 1) };
const strange = ["#a", ";b", "-c", " d ", "new\nline", "one -> two", "ü", "e.db-shm", "*", "tmp", "cache", "f", "g", "h"];

/** One thing that a program may do to its files. What can't be done, such as a file below a file, is not done. */
function disturb(home: string, below: Dice): void {
  const name = () => strange[below(strange.length)] ?? "f";
  const path = () => join(home, ...Array.from({ length: 1 + below(3) }, name));
  const [one, other] = [path(), path()];
  const deeds = [
    () => writeFileSync(one, "x".repeat(below(3) * 10)),
    () => writeFileSync(one, String(below(10))),
    () => appendFileSync(one, "more"),
    () => mkdirSync(one, { recursive: true, mode: 0o700 + below(64) }),
    () => rmSync(one, { recursive: true }),
    () => renameSync(one, other),
    () => (renameSync(one, `${home}/swap`), renameSync(other, one), renameSync(`${home}/swap`, other)),
    () => symlinkSync(other, one),
    () => linkSync(one, other),
    () => chmodSync(one, (lstatSync(one).isDirectory() ? 0o700 : 0o600) + below(64)),
  ];
  try {
    deeds[below(deeds.length)]?.();
  } catch {
    // It can't be done here.
  }
}

interface Found {
  seed: number;
  different: string[];
}

async function live(seed: number): Promise<{ found: Found[]; known: number }> {
  const [id, below] = [`home-${seed}`, createDice(seed)];
  const home = join(folder, id, "home");
  mkdirSync(home, { recursive: true });
  const disturbances = (most: number) => {
    for (let count = below(most); count > 0; count--) disturb(home, below);
  };
  let meanwhile: NodeJS.Timeout | undefined;
  const freeze = async () => {
    // The last moment in which something can happen.
    disturbances(6);
    clearInterval(meanwhile);
    return { lease: "x", frozen: true };
  };
  const manager = { freeze, thaw: async () => ({ pausedMs: 1 }) };
  const parts: PassParts = { layout, manager, log, clock, steadyClock: clock, confinement, timeoutMs: 20_000 };
  const found: Found[] = [];
  let known = 0;
  disturbances(60);
  for (let round = 0; round < rounds; round++) {
    disturbances(20);
    if (busy === "busy") meanwhile = setInterval(() => disturb(home, below), 1);
    const first = await hotPass(parts, id, {}, { trusted: true, looks: true });
    disturbances(6);
    const second = await hotPass(parts, id, {}, { trusted: true, looks: true, known: foreknow(first, []) });
    disturbances(6);
    const doubted = await doubtFreshCopies(parts, id, [first, second]);
    const foreknown = foreknow(second, doubted);
    known += foreknown === undefined ? 0 : 1;
    await frozenPass(parts, id, {}, foreknown);
    const different = await differences(home, stagedHomeOf(layout, id));
    if (different.length > 0) found.push({ seed, different });
  }
  return { found, known };
}

async function differences(home: string, stage: string): Promise<string[]> {
  const { stdout } = await run({ program: "rsync", args: passArguments(home, stage, ["--dry-run", "--checksum"]), timeoutMs: 20_000 });
  return stdout.split("\n").filter((line) => line !== "");
}

const lives = [];
for (let seed = 1; seed <= Number(seeds); seed++) lives.push(await live(seed));
const names = readdirSync(folder).length;
console.log(
  JSON.stringify({
    confined: await confinement.isOn(),
    homes: names - (readdirSync(folder).includes(".stage") ? 1 : 0),
    known: lives.reduce((sum, { known }) => sum + known, 0),
    warnings,
    found: lives.flatMap(({ found }) => found),
  }),
);
