import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import JSON5 from "json5";
import { mergedConfig, type ConfigInput, type JsonObject } from "../openclaw-config.ts";
import { readOwned, removeTree, sizeOf, statOf, writeOwned } from "./tree.ts";

const configBytes = 4 * 1_048_576;

/** The home's folder and its openclaw.json, which is written only where it is not yet as it should be. */
export function prepareHome(root: string, { id, config }: { id: string; config: ConfigInput }): { written: boolean; unreadable: boolean } {
  const home = join(root, id, "home");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const file = join(home, "openclaw.json");
  const before = readOwned(file, configBytes);
  const present = parsed(before);
  const text = `${JSON.stringify(mergedConfig(present ?? {}, config), null, 2)}\n`;
  // OpenClaw writes the file in its own layout, so contents are compared and not bytes.
  const same = present !== undefined && JSON.stringify(mergedConfig(present, config)) === JSON.stringify(present);
  if (same) return { written: false, unreadable: false };
  const unreadable = before !== undefined && present === undefined;
  if (unreadable) writeOwned(`${file}.unreadable`, before);
  writeOwned(file, text);
  return { written: true, unreadable };
}

function parsed(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON5.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Units: KiB by id; ids without a home are left out. */
export function measureHomes(root: string, { ids }: { ids: readonly string[] }): Record<string, number> {
  const present = ids.filter((id) => statOf(join(root, id, "home"))?.isDirectory() === true);
  return Object.fromEntries(present.map((id) => [id, sizeOf(join(root, id, "home"))]));
}

export function eraseHome(root: string, { id }: { id: string }): void {
  removeTree(join(root, id));
}

/**
 * Puts a folder in the home's place, and the home aside. What was begun is written down first, so that a repeated call after a crash anywhere does
 * the rest, and one after the last step says that all is done. Shape: false where there is no such folder and never was a swap with it.
 */
export function swapHome(root: string, { id, from, replaced }: { id: string; from: string; replaced: string }): boolean {
  const own = join(root, id);
  const home = join(own, "home");
  const source = join(root, from);
  const begun = join(own, "restored-from");
  if (statOf(source)?.isDirectory() !== true) return readOwned(begun, 1_024) === from && statOf(home)?.isDirectory() === true;
  mkdirSync(own, { recursive: true, mode: 0o700 });
  if (readOwned(begun, 1_024) !== from) writeOwned(begun, from);
  if (statOf(home) !== undefined) renameSync(home, join(own, replaced));
  renameSync(source, home);
  return true;
}

const replacedName = /^replaced-(\d{4}-\d{2}-\d{2}T[\d-]+Z)/;

/** Shape: `before` is a time in the form that `replaced-<time>` has. */
export function removeReplaced(root: string, { before }: { before: string }): string[] {
  const old = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .flatMap(({ name }) => readdirSync(join(root, name)).map((inner) => join(name, inner)))
    .filter((path) => (replacedName.exec(path.split("/").at(-1) ?? "")?.[1] ?? before) < before);
  for (const path of old) removeTree(join(root, path));
  return old;
}
