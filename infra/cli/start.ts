import { deriveOwnerPassword } from "../keys.ts";
import { setUp } from "../setup/index.ts";
import type { Progress } from "../setup/progress.ts";
import { adoptLost } from "./adopt.ts";
import { describeSnapshot, listSnapshots, takeSnapshot } from "./backups.ts";
import { ensureFirstJob } from "./first-job.ts";
import { clearInterrupted } from "./interrupted.ts";
import { rebuildMissing, removeOldImages } from "./image-care.ts";
import { connectHome, type HomeClient } from "./home-client.ts";
import { ensureKey } from "./key-store.ts";
import { reachMachine, wakeMachine } from "./machine.ts";
import { checkMachine, readSettings } from "./preflight.ts";
import type { Settings } from "../settings.ts";
import { Failure } from "./failure.ts";
import { endUnknown, forgetGone } from "./take-over.ts";
import { Stack, type Outputs } from "./stack.ts";

type Urls = Outputs["urls"];

/**
 * Brings a stack's home up: tools, settings, machine, then Pulumi. A home that is up already is only looked at. With `takeOver` it is one that another
 * computer brought up, of which this one knows less than there is.
 */
export async function bringUp(stackName: string, progress: Progress, { takeOver = false } = {}): Promise<{ stack: Stack; urls: Urls; key: string }> {
  const stack = new Stack(stackName, await setUp(progress));
  const key = ensureKey(process.env, stackName);
  await stack.select();
  const settings = await withMachine(stack, await readSettings(stack));
  await reachMachine(stack, settings, process.env);
  await clearInterrupted(stack);
  if (settings.place === "local") await checkMachine(stack, settings);
  if (takeOver) await forgetGone(stack);
  await adoptLost(stack, settings);
  if (takeOver) await reachMachine(stack, settings, process.env);
  await wakeMachine(stack, settings);
  if (takeOver) await endUnknown(stack, settings);
  await rebuildMissing(stack);
  await stack.up(settings);
  await removeOldImages(stack, Date.now());
  return { stack, urls: await readUrls(stack), key };
}

/** A home elsewhere that was taken down is to have its machine again. */
async function withMachine(stack: Stack, settings: Settings): Promise<Settings> {
  if (settings.oracle === undefined || settings.oracle.running) return settings;
  await stack.setFlag("freehold:oracle.running", true);
  return { ...settings, oracle: { ...settings.oracle, running: true } };
}

export async function readUrls(stack: Stack): Promise<Urls> {
  const { urls } = await stack.outputs();
  if (urls !== undefined) return urls;
  throw new Failure(`The home ${stack.name} is not up: Pulumi knows no address of it.`, `Bring it up: npm run freehold -- up ${stack.name}`);
}

/** `npm start`: the home is up, has run a job, and has a backup of it. */
export async function start(stackName: string, progress: Progress): Promise<void> {
  const began = Date.now();
  const say = (line: string) => console.log(line);
  const { stack, urls, key } = await bringUp(stackName, progress);
  const home = await connectHome({ prefix: stack.prefix, origin: urls.console, key });
  try {
    const job = await ensureFirstJob(home, say);
    await ensureBackup(home, job !== undefined, say);
    const { active } = await home.get<{ active: string }>("/api/models/providers");
    say(summary({ urls, password: deriveOwnerPassword(key), provider: active, seconds: (Date.now() - began) / 1_000 }));
  } finally {
    await home.close();
  }
}

async function ensureBackup(home: HomeClient, somethingNew: boolean, say: (line: string) => void): Promise<void> {
  if (!somethingNew && (await listSnapshots(home)).length > 0) return;
  say("Backup: a snapshot of the databases and the jobs' files goes to the bucket (an emulator, on a volume of its own).");
  say(`  ${describeSnapshot(await takeSnapshot(home))}`);
}

interface Summary {
  urls: Urls;
  password: string;
  provider: string;
  seconds: number;
}

function summary({ urls, password, provider, seconds }: Summary): string {
  const model =
    provider === "rehearsal" ? "the rehearsal model: offline, deterministic, NOT a real model (`npm run freehold -- key set` changes that)" : provider;
  return [
    "",
    `Your home is up (${seconds.toFixed(0)} s).`,
    "",
    `  Console   ${urls.console}`,
    `  Password  ${password}   (again: npm run freehold -- password)`,
    `  Gateway   ${urls.gateway}   (Claude-compatible; wants a virtual key)`,
    `  Model     ${model}`,
    "",
    "  The browser will warn once: the certificate is from the home's own authority (`npm run freehold -- ca` prints it).",
    "  Take it down: npm start -- --down   (its data stays)",
    "",
  ].join("\n");
}
