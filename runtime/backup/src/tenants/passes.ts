import { lstat, lutimes, mkdir } from "node:fs/promises";
import type { Clock } from "@freehold/kernel/clock";
import { systemCodeOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import { retry } from "@freehold/kernel/retry";
import { backupError, hasCode } from "../errors.ts";
import { run, type Outcome } from "../process.ts";
import type { RunContext } from "../restic.ts";
import type { Manager } from "./manager.ts";
import { confined, type Confinement } from "./confinement.ts";
import { changedPaths, freshPaths, placesIn, readyListing, type Listing } from "./listing.ts";
import { changedAnything, comparison, copiedIn, isFolderLeftOut, listedPassArguments, listOf, passArguments, skippedIn, touchedIn } from "./rsync.ts";
import { homeOf, stagedHomeOf, type TenantLayout } from "./tenant-layout.ts";

export interface PassParts {
  layout: TenantLayout;
  manager: Pick<Manager, "freeze" | "thaw">;
  log: Log;
  clock: Clock;
  /** Never jumps. */
  steadyClock: Clock;
  confinement: Confinement;
  /** Units: milliseconds. For one pass while the tenant runs. */
  timeoutMs: number;
}

/** What one pass from a home to its stage did. */
export interface Pass {
  changed: boolean;
  /** Files that it could not read. */
  skipped: string[];
  /** Whether the stage may hold, under the name of such a file, what an earlier pass was led to elsewhere. */
  doubtful: boolean;
  copied: Buffer[];
  /** Paths below the stage to which it did anything, or where it may have to be done yet. */
  touched: Buffer[];
  /** Units: milliseconds since 1970. */
  startedAt: number;
  /** What the home held right before it. Undefined where nobody looked, or it could not be told. */
  before: Listing | undefined;
}

/** A pass that needs longer than the first lease gets a longer one; the manager gives none above the last. Units: milliseconds. */
const leases = [5_000, 15_000, 30_000];
/** The lease must outlive the pass by the time that the answers travel. */
const leaseMarginMs = 1_000;
/** The kernel's time of a file stands still for up to 10 ms: a file written twice in that time looks like one written once. */
const fileClockMs = 20;

export interface HotPass {
  /** Whether what the stage holds is a copy of this home, and of nothing else. */
  trusted: boolean;
  /** Whether the home is listed first, so that the next pass knows where to look. */
  looks?: boolean;
  known?: Foreknowledge | undefined;
}

/** A pass while the tenant may be writing. */
export async function hotPass(parts: PassParts, id: string, context: RunContext, { trusted, looks = false, known }: HotPass): Promise<Pass> {
  await mkdir(stagedHomeOf(parts.layout, id), { recursive: true, mode: 0o700 });
  const how = { context, timeoutMs: parts.timeoutMs, trusted };
  if (known !== undefined) {
    const ready = makeReady(parts, id, how);
    return shortPass(parts, id, { known, ready }, how).finally(ready.drop);
  }
  const before = looks ? await look(parts, id, how) : undefined;
  return { ...(await pass(parts, id, how)), before };
}

/** Where a pass can't be confined nobody looks: only a pass over every byte is trusted there. */
const look = async ({ layout, clock, confinement }: PassParts, id: string, { timeoutMs, context }: How): Promise<Listing | undefined> =>
  (await confinement.isOn()) ? readyListing(homeOf(layout, id), timeoutMs, context).begin(clock.now()) : undefined;

/** What is known before a pass: a look at all of its home costs a tenant that stands still half of its pause. */
export interface Foreknowledge {
  lastPass: Pass & { before: Listing };
  /** What may have changed without a trace: see `doubtFreshCopies`, `freshPaths`. */
  doubted: readonly Buffer[];
}

/**
 * `doubted` is what `doubtFreshCopies` gave back. Undefined where all must be looked at: nobody looked before the last pass, or it could not read everything,
 * which a whole pass looks for, so that the record names it.
 */
export function foreknow(lastPass: Pass, doubted: readonly Buffer[]): Foreknowledge | undefined {
  const { before, skipped } = lastPass;
  if (before === undefined || skipped.length > 0) return undefined;
  const fresh = freshPaths(before, fileClockMs).map((path) => Buffer.from(path));
  return { lastPass: { ...lastPass, before }, doubted: [...fresh, ...doubted] };
}

/** Whether a stage is still equal to its home; nothing is changed. */
export async function isUnchanged({ layout, timeoutMs }: PassParts, id: string, context: RunContext): Promise<boolean> {
  const outcome = await run({ program: "rsync", args: comparison(homeOf(layout, id), stagedHomeOf(layout, id)), timeoutMs, ...context });
  skippedIn(outcome, id);
  return !changedAnything(outcome);
}

/**
 * A pass while all processes of the tenant stand still. They go on in any case: by `finally`, and when this process dies by the lease.
 * A copy is only trusted when the lease was held from before the first byte until after the last.
 */
export async function frozenPass(parts: PassParts, id: string, context: RunContext, foreknowledge?: Foreknowledge): Promise<Pass & { pauseMs: number }> {
  for (const [attempt, leaseMs] of leases.entries()) {
    // What a pass has done that was cut off, nobody knows.
    const done = await passWithin(parts, id, { leaseMs, context, known: attempt === 0 ? foreknowledge : undefined });
    if (done !== undefined) return done;
    parts.log.warn("tenant.lease-too-short", { tenant: id, leaseMs });
  }
  throw backupError(
    "backup.overdue",
    `What changes in the home of ${id} could not be copied within a pause of ${leases.at(-1)} ms. It is tried again by itself.`,
  );
}

interface Attempt {
  leaseMs: number;
  context: RunContext;
  known: Foreknowledge | undefined;
}

async function passWithin(parts: PassParts, id: string, { leaseMs, context, known }: Attempt) {
  const how = { context, timeoutMs: leaseMs - leaseMarginMs, trusted: false };
  if (known === undefined) return whileFrozen(parts, id, leaseMs, () => pass(parts, id, how));
  const ready = makeReady(parts, id, how);
  return whileFrozen(parts, id, leaseMs, () => shortPass(parts, id, { known, ready }, how)).finally(ready.drop);
}

async function whileFrozen(parts: PassParts, id: string, leaseMs: number, work: () => Promise<Pass>) {
  const { manager, steadyClock } = parts;
  const { lease, frozen } = await retry(() => manager.freeze(id, leaseMs), { attempts: 6, firstDelayMs: 250, maxDelayMs: 4_000, retryable: isBusy });
  const frozenAt = steadyClock.now();
  let done: Pass | undefined;
  let thawed;
  try {
    done = await work().catch(onlyOverdue);
  } finally {
    thawed = await letGo(parts, id, lease);
  }
  if (done === undefined || thawed === undefined || steadyClock.now() - frozenAt >= leaseMs) return undefined;
  return { ...done, pauseMs: frozen ? thawed.pausedMs : 0 };
}

/** It is just being started or stopped. */
const isBusy = (thrown: unknown): boolean => hasCode(thrown, "backup.busy");

function onlyOverdue(thrown: unknown): undefined {
  if (!hasCode(thrown, "backup.overdue")) throw thrown;
}

/** A manager that does not answer lets the tenant go by itself when the lease is over; what was copied is then not trusted. */
async function letGo({ manager, log }: PassParts, id: string, lease: string) {
  try {
    return await manager.thaw(id, lease);
  } catch (error) {
    log.warn("tenant.thaw-unanswered", { tenant: id, error });
    return undefined;
  }
}

/** Makes the next pass copy again whatever was written so shortly before it was copied that its time could hide a later change. Returns the paths of these. */
export async function doubtFreshCopies({ layout }: PassParts, id: string, passes: readonly Pass[]): Promise<Buffer[]> {
  const home = Buffer.from(`${stagedHomeOf(layout, id)}/`);
  const doubted: Buffer[] = [];
  for (const { copied, startedAt } of passes)
    for (const name of copied) if (await forgetTime(Buffer.concat([home, name]), startedAt - fileClockMs)) doubted.push(name);
  return doubted;
}

async function forgetTime(path: Buffer, since: number): Promise<boolean> {
  try {
    if ((await lstat(path)).mtimeMs < since) return false;
    await lutimes(path, 0, 0);
    return true;
  } catch (thrown) {
    if (!["ENOENT", "ENOTDIR"].includes(systemCodeOf(thrown) ?? "")) throw thrown;
    return false;
  }
}

interface How {
  context: RunContext;
  timeoutMs: number;
  trusted: boolean;
}

/**
 * rsync goes by paths: a tenant that swaps a folder for a link between two of its steps would have it read whatever this service may read.
 * So it is confined to the home and its stage. Where the kernel can't do that, a stage is only trusted after a pass that compared every byte.
 */
async function pass({ layout, clock, confinement }: PassParts, id: string, { context, timeoutMs, trusted }: How): Promise<Pass> {
  const [home, stage] = [homeOf(layout, id), stagedHomeOf(layout, id)];
  const isConfined = await confinement.isOn();
  const compares = !isConfined && !trusted;
  const plain = { program: "rsync", args: passArguments(home, stage, compares ? ["--checksum"] : []) };
  const startedAt = clock.now();
  const outcome = await run({ ...(isConfined ? confined(plain, { read: [home], write: [stage] }) : plain), timeoutMs, ...context });
  const done = passOf(outcome, id, startedAt);
  return { ...done, doubtful: compares && done.skipped.length > 0 };
}

function passOf(outcome: Outcome, id: string, startedAt: number): Pass {
  const skipped = skippedIn(outcome, id);
  const [copied, touched] = [copiedIn(outcome), touchedIn(outcome)];
  return { changed: changedAnything(outcome), skipped, doubtful: false, copied, touched, startedAt, before: undefined };
}

/** Where else the last pass and this one could find anything to do: nowhere, for what that one found equal, or made equal, is still as it was. */
const pathsToLookAt = ({ lastPass, doubted }: Foreknowledge, now: Listing): Buffer[] => [
  ...changedPaths(lastPass.before, now).map((path) => Buffer.from(path)),
  ...lastPass.touched,
  ...doubted,
];

/** Below what is no folder any more nothing is asked for: rsync would take that for an attack, and what was there goes with its folder. */
function withPlace(paths: readonly Buffer[], now: Listing): Buffer[] {
  const hasPlace = placesIn(now);
  return [Buffer.from("."), ...paths.filter((path) => hasPlace(path.toString()))];
}

/** The programs of a short pass, which run already and wait for what to do: starting them takes longer than their work, and a tenant stands still for it. */
interface ReadyPass {
  list(): Promise<Listing | undefined>;
  copy(paths: readonly Buffer[]): Promise<Pass>;
  /** Ends those that have nothing to do yet. */
  drop(): void;
}

function makeReady({ layout, clock }: PassParts, id: string, { context, timeoutMs }: How): ReadyPass {
  const [home, stage] = [homeOf(layout, id), stagedHomeOf(layout, id)];
  const listing = readyListing(home, timeoutMs, context);
  const list = Promise.withResolvers<Buffer>();
  const plain = { program: "rsync", args: listedPassArguments(home, stage) };
  const ended = run({ ...confined(plain, { read: [home], write: [stage] }), input: list.promise, timeoutMs, ...context });
  // Whoever needs it hears of its failure.
  ended.catch(() => undefined);
  return {
    list: () => listing.begin(clock.now()),
    async copy(paths) {
      const startedAt = clock.now();
      list.resolve(listOf(paths));
      return passOf(await ended, id, startedAt);
    },
    drop() {
      listing.drop();
      list.resolve(Buffer.alloc(0));
    },
  };
}

/** Should rsync not take the list, as where the tenant moves folders meanwhile, a look at all does the same. */
async function shortPass(parts: PassParts, id: string, { known, ready }: { known: Foreknowledge; ready: ReadyPass }, how: How): Promise<Pass> {
  const before = await ready.list();
  if (before === undefined) return pass(parts, id, how);
  const [paths, startedAt] = [pathsToLookAt(known, before), parts.clock.now()];
  // What a tenant that runs took away for a moment was not looked at: the next pass does.
  const knowing = (done: Pass): Pass => ({ ...done, before, touched: [...paths, ...done.touched] });
  // A list can't say that what was a file went when its place is one of a folder that is left out.
  if (paths.some((path) => isFolderLeftOut(path.toString()))) return knowing(await pass(parts, id, how));
  try {
    return knowing(await ready.copy(withPlace(paths, before)));
  } catch (error) {
    if (!hasCode(error, "backup.tool-failed")) throw error;
    parts.log.warn("tenant.short-pass-failed", { tenant: id, error });
    const whole = await pass(parts, id, how);
    // Which of them the first try has copied, nobody knows.
    return knowing({ ...whole, copied: [...paths, ...whole.copied], startedAt });
  }
}
