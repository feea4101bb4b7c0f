/** Makes `debian:trixie-slim` with debootstrap, as slim as the official one and with the same habits. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure } from "../cli/failure.ts";
import { installPackages, isDebianLike, isRoot } from "./apt.ts";
import type { Cache } from "./cache.ts";
import { run, tail } from "./child.ts";
import { BASE_IMAGE_RECIPE } from "./versions.ts";

/** Where Debian's packages are. */
export const MIRROR = "http://deb.debian.org/debian";
const SECURITY = "http://deb.debian.org/debian-security";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const BOOTSTRAP_MS = 1_200_000;

/** Files in which the official image differs from a fresh Debian. Source: debuerreotype 0.16, its minimizing scripts. */
export const FILES: Readonly<Record<string, string>> = {
  "etc/apt/sources.list": [`deb ${MIRROR} trixie main`, `deb ${MIRROR} trixie-updates main`, `deb ${SECURITY} trixie-security main`, ""].join("\n"),
  "etc/apt/apt.conf.d/docker-clean": 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };\n',
  "etc/apt/apt.conf.d/docker-no-languages": 'Acquire::Languages "none";\n',
  "etc/dpkg/dpkg.cfg.d/docker": [
    "path-exclude /usr/share/doc/*",
    "path-include /usr/share/doc/*/copyright",
    "path-exclude /usr/share/man/*",
    "path-exclude /usr/share/info/*",
    "path-exclude /usr/share/locale/*",
    "",
  ].join("\n"),
};
/** Services must not start inside a build. */
const POLICY = "#!/bin/sh\nexit 101\n";
const SURPLUS = ["var/lib/apt/lists", "var/cache/apt/archives", "usr/share/man", "usr/share/info", "usr/share/locale", "var/log/bootstrap.log"];

export type DebianImage = {
  name: string;
  /** A folder of certificates to trust besides the public ones. */
  authorities: string;
  latest: (line: string) => void;
};

/** Throws: Failure where debootstrap cannot run. */
export async function makeDebianImage(cache: Cache, { name, authorities, latest }: DebianImage): Promise<void> {
  if (!isRoot() || !isDebianLike()) throw unavailable(name);
  if (!existsSync("/usr/sbin/debootstrap") || !existsSync(KEYRING)) await installPackages(["debootstrap", "debian-archive-keyring"], latest);
  mkdirSync(cache.root, { recursive: true });
  // Not in the temporary folder, which may be mounted so that devices and programs in it do not work.
  const work = mkdtempSync(cache.path(".draft-debian-"));
  const root = join(work, "root");
  try {
    await bootstrap(root, latest);
    await addAuthorities(root, authorities);
    slim(root);
    await importImage(root, name);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function unavailable(name: string): Failure {
  return new Failure(
    `The image ${name} is not here, no registry gives it, and it can be made only as root on Debian or Ubuntu.`,
    `Fetch it where a registry answers and bring it over (docker pull ${name}; docker save, docker load), or run this command as root on Debian or Ubuntu.`,
  );
}

async function bootstrap(root: string, latest: (line: string) => void): Promise<void> {
  const argv = ["debootstrap", "--variant=minbase", "--include=ca-certificates", `--keyring=${KEYRING}`, "trixie", root, MIRROR] as const;
  const made = await run(argv, { timeoutMs: BOOTSTRAP_MS, onLine: (line) => latest(line.replace(/^I: /, "")) });
  if (made.code === 0) return;
  throw new Failure(
    `debootstrap could not make Debian trixie:\n${tail(made.said, 8)}`,
    `Check that ${MIRROR} can be reached (curl -I ${MIRROR}) and run the command again.`,
  );
}

async function addAuthorities(root: string, authorities: string): Promise<void> {
  if (!existsSync(authorities)) return;
  cpSync(authorities, join(root, "usr/local/share/ca-certificates"), { recursive: true, dereference: true });
  const updated = await run(["chroot", root, "update-ca-certificates"], { timeoutMs: 60_000 });
  if (updated.code !== 0)
    throw new Failure(
      `The certificates in ${authorities} could not be taken over:\n${tail(updated.said, 5)}`,
      "See that each is one PEM certificate in a .crt file.",
    );
}

function slim(root: string): void {
  for (const path of SURPLUS) rmSync(join(root, path), { recursive: true, force: true });
  for (const path of ["var/lib/apt/lists/partial", "var/cache/apt/archives/partial"]) mkdirSync(join(root, path), { recursive: true });
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  writeFileSync(join(root, "usr/sbin/policy-rc.d"), POLICY, { mode: 0o755 });
  // The name and the resolver of this machine are none of the image's business.
  for (const path of ["etc/hostname", "etc/resolv.conf"]) rmSync(join(root, path), { force: true });
}

async function importImage(root: string, name: string): Promise<void> {
  const archive = spawn("tar", ["-C", root, "--numeric-owner", "-c", "."], { stdio: ["ignore", "pipe", "inherit"] });
  const changes = [`CMD ["bash"]`, `ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt`, `LABEL freehold.base=${BASE_IMAGE_RECIPE}`];
  const argv = ["docker", "import", ...changes.flatMap((change) => ["--change", change]), "-", name] as const;
  const imported = await run(argv, { input: archive.stdout, timeoutMs: 300_000 });
  if (imported.code !== 0)
    throw new Failure(`Docker could not take the image ${name}:\n${tail(imported.said, 5)}`, "See `docker system df` for space, then run the command again.");
}
