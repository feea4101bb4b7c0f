import { run } from "../process.ts";
import type { RunContext } from "../restic.ts";
import { confined } from "./confinement.ts";
import { leftOut } from "./rsync.ts";

/**
 * What a home holds at one moment. An entry says its kind, its inode, the time of its last change, which no program can set, and its path.
 * Shape: `<d for a folder, else another letter><inode> <seconds since 1970>/<path below the home>`.
 */
export interface Listing {
  entries: ReadonlySet<string>;
  /** Units: milliseconds since 1970. */
  startedAt: number;
}

const format = String.raw`%y%i %C@/%P\0`;

/** A listing whose program runs, and waits to be told to begin. */
export interface ReadyListing {
  /** Undefined where the home can't be told whole: a name is no text, there are too many, or a folder is locked. Units: milliseconds since 1970. */
  begin(startedAt: number): Promise<Listing | undefined>;
  /** Ends it, unless it has begun. */
  drop(): void;
}

/** Lists a home by one look at each entry. Units: `timeoutMs` in milliseconds, from its beginning. */
export function readyListing(home: string, timeoutMs: number, context: RunContext): ReadyListing {
  const unlisted = leftOut.flatMap((pattern) => ["-o", ...placed(home, pattern)]).slice(1);
  const plain = { program: "find", args: ["-files0-from", "-", "-mindepth", "1", "(", ...unlisted, ")", "-prune", "-o", "-printf", format] };
  const where = Promise.withResolvers<Buffer>();
  const ended = run({ ...confined(plain, { read: [home], write: [] }), input: where.promise, timeoutMs, ...context }).catch(() => undefined);
  return {
    async begin(startedAt) {
      where.resolve(Buffer.from(`${home}\0`));
      const outcome = await ended;
      if (outcome?.exitCode !== 0 || outcome.timedOut || outcome.stdout.includes("\u{FFFD}")) return undefined;
      return { entries: new Set(outcome.stdout.split("\0").slice(0, -1)), startedAt };
    },
    drop: () => where.resolve(Buffer.alloc(0)),
  };
}

/** As rsync reads a pattern: from the home's own folder on where it begins with a slash, and only folders where it ends with one. */
function placed(home: string, pattern: string): string[] {
  const place = pattern.startsWith("/") ? ["-path", home + pattern.replace(/\/$/, "")] : ["-name", pattern.replace(/\/$/, "")];
  return pattern.endsWith("/") ? [...place, "-type", "d"] : place;
}

const pathOf = (entry: string): string => entry.slice(entry.indexOf("/") + 1);

/** The paths to which anything was done from one listing to the next. The tenant may be standing still for it, so entries are only compared as they are. */
export function changedPaths({ entries: before }: Listing, { entries: now }: Listing): string[] {
  const changed = new Set<string>();
  for (const entry of now) if (!before.has(entry)) changed.add(pathOf(entry));
  for (const entry of before) if (!now.has(entry)) changed.add(pathOf(entry));
  return [...changed];
}

/** Whether a path is there, or would be if it were: whether all above it are folders. */
export function placesIn({ entries }: Listing): (path: string) => boolean {
  const folders = new Set<string>();
  for (const entry of entries) if (entry.startsWith("d")) folders.add(pathOf(entry));
  return (path) => path.split("/").every((_name, depth, names) => depth === 0 || folders.has(names.slice(0, depth).join("/")));
}

/** What had changed right before a listing was begun: the kernel's time of a file stands still for up to `tickMs`, in which one change hides the next. */
export function freshPaths({ entries, startedAt }: Listing, tickMs: number): string[] {
  const settled = (startedAt - tickMs) / 1_000;
  return [...entries].filter((entry) => Number(entry.slice(entry.indexOf(" ") + 1, entry.indexOf("/"))) >= settled).map(pathOf);
}
