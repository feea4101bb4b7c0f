import type { Position } from "./cron-file-error.ts";

/** Something to be told about a file: where, what, and what to do. */
export interface Finding {
  position: Position;
  /** Null where it is about the file. Shape: as its header, `[job-local "name"]`. */
  job: string | null;
  message: string;
  cure: string;
}

export const titleOf = ({ kind, name }: { kind: string; name: string }) => `[${kind} ${JSON.stringify(name)}]`;
