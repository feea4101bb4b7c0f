import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);
const maxBuffer = 512 * 1_024 * 1_024;
/** What no backup takes: see runtime/backup/TENANTS.md. */
const leftOut = ["-path", "./cache", "-prune", "-o", "-path", "./tmp", "-prune", "-o", "-name", "*-shm", "-prune", "-o"];

/** Every entry below a folder: kind, mode, owner, number of names, time of change, target, and the SHA-256 of a file's content. Folders' own times are left out. */
export async function listTree(folder: string): Promise<Map<string, string>> {
  const formats = ["(", "-type", "d", "-printf", String.raw`%P\td %m %U:%G\n`, ")", "-o", "-printf", String.raw`%P\t%y %m %U:%G %n %s %T@ %l\n`];
  const { stdout: entries } = await execute("find", [".", ...leftOut, ...formats], { cwd: folder, maxBuffer });
  const sums = await execute("find", [".", ...leftOut, "-type", "f", "-exec", "sha256sum", "{}", "+"], { cwd: folder, maxBuffer });
  const tree = new Map(entries.split("\n").flatMap((line) => (line === "" ? [] : [[line.split("\t")[0] ?? "", line.split("\t")[1] ?? ""] as const])));
  for (const [, sum, path = ""] of sums.stdout.matchAll(/^([0-9a-f]{64}) {2}\.\/(.*)$/gm)) tree.set(path, `${tree.get(path)} ${sum}`);
  return tree;
}

/** Paths that one has and the other has not, or has otherwise. */
export const differences = (expected: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): string[] =>
  [...new Set([...expected.keys(), ...found.keys()])].filter((path) => expected.get(path) !== found.get(path));
