import { messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import { run } from "../process.ts";
import type { RunContext } from "../restic.ts";

/** Folders that a program may reach; it sees the names of all others, and opens nothing in them. */
export interface Reach {
  read: readonly string[];
  write: readonly string[];
}

export interface Started {
  program: string;
  args: readonly string[];
}

/**
 * Keeps programs that walk through a tenant's home inside it: whoever swaps a folder for a link in the middle of a pass leads them nowhere.
 * Done by Landlock, which needs no rights; Docker before 20.10.15 and kernels before 5.19 don't have all of it.
 */
export interface Confinement {
  isOn(): Promise<boolean>;
}

const readable = "read-file,read-dir";
/** `refer` is for a file with names in two folders. */
const writable = `${readable},write-file,truncate,remove-file,remove-dir,make-dir,make-reg,make-sym,refer`;
/** What any program needs to start. */
const always = [`execute,${readable}:/usr`, "read-file:/etc/ld.so.cache", "read-file,write-file:/dev/null"];

/** Source: setpriv(1) of util-linux 2.41. */
export function confined({ program, args }: Started, { read, write }: Reach): Started {
  const rules = [...always, ...read.map((folder) => `${readable}:${folder}`), ...write.map((folder) => `${writable}:${folder}`)];
  const options = ["--no-new-privs", "--landlock-access", "fs", ...rules.flatMap((rule) => ["--landlock-rule", `path-beneath:${rule}`])];
  return { program: "setpriv", args: [...options, "--", program, ...args] };
}

/** Found out by trying: whether a confined program runs, and whether it is kept from a file that it may not read. */
export function createConfinement(log: Log, context: RunContext = {}): Confinement {
  let found: Promise<boolean> | undefined;
  const ends = async (program: string, file: string) => {
    const { exitCode } = await run({ ...confined({ program, args: [file] }, { read: [], write: ["/tmp"] }), timeoutMs: 10_000, ...context });
    return exitCode;
  };
  const look = async () => {
    const keeps = (await ends("true", "/")) === 0 && (await ends("cat", "/etc/passwd")) !== 0;
    if (!keeps) log.warn("tenants.not-confined", { cure: "a kernel with Landlock (5.19 or newer) and Docker 20.10.15 or newer" });
    return keeps;
  };
  return {
    isOn: () =>
      (found ??= look().catch((error: unknown) => {
        log.warn("tenants.not-confined", { problem: messageOf(error) });
        return false;
      })),
  };
}
