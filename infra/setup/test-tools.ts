/** Programs that tests start on this machine itself; all others run in containers. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Failure } from "../cli/failure.ts";
import { installPackages, isDebianLike, isRoot } from "./apt.ts";
import type { Progress } from "./progress.ts";

export interface TestTool {
  program: string;
  /** Debian's name of the package that has it. */
  package: string;
}

const tools: readonly TestTool[] = [
  { program: "chromium", package: "chromium" },
  { program: "git", package: "git" },
  { program: "openssl", package: "openssl" },
  { program: "ps", package: "procps" },
  { program: "python3", package: "python3" },
  { program: "rsync", package: "rsync" },
  { program: "ssh", package: "openssh-client" },
];

/** `CHROMIUM` names a browser that stands elsewhere. */
export function missingTestTools(environment: NodeJS.ProcessEnv): TestTool[] {
  const folders = (environment["PATH"] ?? "").split(delimiter);
  const named = environment["CHROMIUM"] === undefined ? [] : ["chromium"];
  return tools.filter(({ program }) => !named.includes(program) && !folders.some((folder) => existsSync(join(folder, program))));
}

/** Installs what is missing where that can be done; else says so, and refuses a run of all tests. Throws: Failure. */
export async function ensureTestTools(progress: Progress, { all }: { all: boolean }): Promise<void> {
  const missing = missingTestTools(process.env);
  if (missing.length === 0) return;
  const packages = missing.map((tool) => tool.package);
  if (isRoot() && isDebianLike()) {
    await progress.step({ what: `Programs for the tests: ${packages.join(", ")}`, why: "apt-get install; a browser is about 300 MB" }, (latest) =>
      installPackages(packages, latest),
    );
    return;
  }
  const what = `Tests need programs that are not here: ${missing.map(({ program }) => program).join(", ")}.`;
  const cure = `Install them (on Debian: sudo apt-get install ${packages.join(" ")}), or name a browser that is elsewhere in CHROMIUM.`;
  if (all) throw new Failure(what, cure);
  progress.note(`${what} ${cure}`);
}
