import { DamagedHome, settleDatabases } from "./databases.ts";
import { nextDue } from "./due.ts";
import { eraseHome, measureHomes, prepareHome, removeReplaced, swapHome } from "./homes.ts";
import type { KeeperAnswer, KeeperWork } from "./work.ts";

/** Where the folder lies that the keeper was given. */
const root = "/data";

class FolderMissing extends Error {}

function done(work: KeeperWork): Record<string, unknown> {
  switch (work.do) {
    case "prepare":
      return prepareHome(root, work);
    case "measure":
      return measureHomes(root, work);
    case "erase":
      eraseHome(root, work);
      return {};
    case "settle":
      return settleDatabases(root);
    case "due":
      return { ...nextDue(root) };
    case "swap":
      if (!swapHome(root, work)) throw new FolderMissing(work.from);
      return {};
    case "tidy":
      return { removed: removeReplaced(root, work) };
  }
}

function answer(argument: string): KeeperAnswer {
  try {
    return { done: done(JSON.parse(argument) as KeeperWork) };
  } catch (thrown) {
    const code = thrown instanceof FolderMissing ? "folder-missing" : thrown instanceof DamagedHome ? "damaged" : "io";
    return { failed: { code, message: thrown instanceof Error ? thrown.message : String(thrown) } };
  }
}

process.stdout.write(`${JSON.stringify(answer(process.argv[2] ?? ""))}\n`);
