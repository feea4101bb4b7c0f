import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const neverCopied = /(^|\/)(node_modules|dist|screenshots)(\/|$)|\.test\.tsx?$|(^|\/)(README|SPEC)\.md$/;

/**
 * The files below some paths of a folder, sorted; tests, documents, and what builds make are left out, since no image needs them.
 * Throws: Error when a path is not there.
 */
export function listFiles(folder: string, paths: readonly string[]): string[] {
  return paths.flatMap((path) => walk(folder, path)).toSorted();
}

function walk(folder: string, path: string): string[] {
  if (neverCopied.test(path)) return [];
  if (!statSync(join(folder, path)).isDirectory()) return [path];
  return readdirSync(join(folder, path)).flatMap((name) => walk(folder, `${path}/${name}`));
}

/** What makes an image what it is: the names, contents and execute bits of its files, and its build arguments. Shape: 12 hex digits. */
export function contentHash(folder: string, files: readonly string[], buildArguments: Record<string, string>): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const executable = (statSync(join(folder, file)).mode & 0o100) !== 0;
    hash.update(`${file}\0${executable}\0`).update(
      createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest(),
    );
  }
  for (const name of Object.keys(buildArguments).toSorted()) hash.update(`${name}=${buildArguments[name]}\0`);
  return hash.digest("hex").slice(0, 12);
}
