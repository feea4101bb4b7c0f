import { systemClock } from "@freehold/kernel/clock";
import { AppError } from "@freehold/kernel/errors";
import { lockFolder } from "@freehold/kernel/folder-lock";
import type { Log } from "@freehold/kernel/log";
import { Journal } from "./journal.ts";

export interface OpenJournal {
  journal: Journal;
  /** Gives the folder back. */
  close(): void;
}

/**
 * Opens the journal in a folder that becomes this process's own. Undefined where the folder can't be used: answers matter more than the last moments of the books.
 * Throws: AppError `folder.in-use`.
 */
export function openJournal(folder: string, log: Log, onUnwritten: () => void): OpenJournal | undefined {
  let unlock: (() => void) | undefined;
  try {
    unlock = lockFolder(folder);
    const journal = new Journal({ folder, log, clock: systemClock, onUnwritten });
    const release = unlock;
    return {
      journal,
      close() {
        journal.close();
        release();
      },
    };
  } catch (error) {
    unlock?.();
    if (error instanceof AppError && error.code === "folder.in-use") throw error;
    log.error("journal.unusable", { folder, error });
    onUnwritten();
    return undefined;
  }
}
