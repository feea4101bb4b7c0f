/** Debian's and Ubuntu's packages, for machines where set-up runs as root. */
import { existsSync } from "node:fs";
import { Failure } from "../cli/failure.ts";
import { run, tail } from "./child.ts";

const INSTALL_MS = 900_000;

export const isRoot = (): boolean => process.getuid?.() === 0;
export const isDebianLike = (): boolean => process.platform === "linux" && existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");

/** Throws: Failure with what apt-get said. */
export async function installPackages(names: readonly string[], onLine: (line: string) => void): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { env, timeoutMs: INSTALL_MS, onLine };
  await run(["apt-get", "update"], options);
  // Another apt (unattended upgrades, say) may hold the lock for a while.
  const argv = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "--yes", "--no-install-recommends", ...names] as const;
  const installed = await run(argv, options);
  if (installed.code === 0) return;
  throw new Failure(
    `apt-get could not install ${names.join(", ")}:\n${tail(installed.said, 8)}`,
    /lock/.test(installed.said)
      ? "Another package manager is at work; wait for it and run the command again."
      : `Mend what it says, or install by hand: apt-get install ${names.join(" ")}`,
  );
}
