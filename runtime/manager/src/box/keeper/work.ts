import type { ConfigInput } from "../openclaw-config.ts";

/** What a keeper, the short-lived container that works on tenants' folders, is asked for. Paths are below the folder mounted at /data. */
export type KeeperWork =
  | { do: "prepare"; id: string; config: ConfigInput }
  | { do: "measure"; ids: readonly string[] }
  | { do: "erase"; id: string }
  | { do: "settle" }
  | { do: "due" }
  | { do: "swap"; id: string; from: string; replaced: string }
  | { do: "tidy"; before: string };

/** Shape: the last line of its stdout, as JSON. */
export type KeeperAnswer = { done: Record<string, unknown> } | { failed: { code: KeeperFailure; message: string } };

export const keeperFailures = ["folder-missing", "damaged", "io"] as const;
export type KeeperFailure = (typeof keeperFailures)[number];
