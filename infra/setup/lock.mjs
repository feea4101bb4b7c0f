// A lock between processes: a file that holds the owner's process id. Plain JavaScript, because it is needed before Node 24 is there.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const POLL_MS = 300;

/**
 * Runs `work` while no other process holds the lock, and waits for it if one does.
 * A lock whose process is gone is broken.
 *
 * @template T
 * @param {string} file
 * @param {{ onWait: (pid: number) => void }} options `onWait` is told once whom this process waits for.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, { onWait }, work) {
  mkdirSync(dirname(file), { recursive: true });
  const own = identify(process.pid);
  for (let waited = false; !take(file, own);) {
    const holder = read(file);
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      breakLock(file, holder);
      continue;
    }
    if (!waited) onWait(Number(holder.split(" ")[0]));
    waited = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await work();
  } finally {
    if (read(file) === own) rmSync(file, { force: true });
  }
}

/** Takes the lock in one step: a link, unlike a creation, appears with its content. */
function take(file, own) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, own);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** A process id alone is not enough: ids are used again, a start time is not. */
function identify(pid) {
  return `${pid} ${startTime(pid)}`;
}

/** The kernel's start tick of a process; empty where there is no /proc. */
function startTime(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ")[19];
  } catch {
    return "";
  }
}

function isAlive(holder) {
  const [pid] = holder.split(" ");
  if (!/^\d+$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code === "ESRCH") return false;
  }
  return identify(Number(pid)) === holder;
}

/** Moves a dead lock away, and puts it back if a live one was caught: another process may have broken it first. */
function breakLock(file, dead) {
  const aside = `${file}.dead.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  if (read(aside) !== dead) {
    try {
      linkSync(aside, file);
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
  }
  rmSync(aside, { force: true });
}
