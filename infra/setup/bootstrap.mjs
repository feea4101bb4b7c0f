// Brings Node 24 and the dependencies, then continues with Node 24. Plain JavaScript for Node 18 and newer, without dependencies.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { constants as system, homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";

export const NODE_VERSION = "24.21.0";
/** The oldest Node 24 that runs everything here. */
const OLDEST_NODE_24 = [24, 16];
const NEEDED_GB = 6;
const { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } = fs;
const checkout = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** What happened and what a person can do about it. */
class Refusal extends Error {
  constructor(message, cure) {
    super(message);
    this.cure = cure;
  }
}

/** The folder of everything that set-up fetched or built; it may be deleted at will. */
export function cacheFolder(environment) {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "freehold");
}

export async function main(args) {
  const cache = cacheFolder(process.env);
  const node = await ensureNode(cache);
  const env = { ...process.env, PATH: dirname(node) + delimiter + (process.env.PATH ?? "") };
  await ensureDependencies({ cache, env });
  await runOn(node, [join(checkout, "infra/cli/main.ts"), ...args], env);
}

async function ensureNode(cache) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major === OLDEST_NODE_24[0] && minor >= OLDEST_NODE_24[1]) return process.execPath;
  const why = `this is Node ${process.versions.node}; Freehold runs on 24`;
  return nodeBinary(cache, { platform: process.platform, arch: process.arch, why });
}

/** The path of Node 24 for a platform, from the npm packages that carry its binaries. */
export async function nodeBinary(cache, { platform, arch, why }) {
  const isOwn = platform === process.platform && arch === process.arch;
  const folder = join(cache, isOwn ? `node-${NODE_VERSION}` : `node-${NODE_VERSION}-${platform}-${arch}`);
  // The package "node" only chooses among these by an install script, and scripts may be off; elsewhere than on Linux its choice is needed.
  const name = platform === "linux" ? `node-linux-${arch}` : "node";
  const binary = join(folder, "node_modules", name, "bin/node");
  if (existsSync(binary)) return binary;
  makeWritable(cache);
  const options = { onWait: (pid) => say(`Another start (process ${pid}) fetches Node; waiting for it.`) };
  await withLock(`${folder}.lock`, options, async () => {
    if (existsSync(binary)) return;
    checkDisk(cache);
    await step(`Node ${NODE_VERSION}: from npm (${why})`, async () => {
      const draft = mkdtempSync(join(cache, ".making-node-"));
      try {
        const scripts = platform === "linux" ? "--ignore-scripts" : "--ignore-scripts=false";
        await npm(["install", "--no-save", scripts, "--force", "--prefix", draft, `${name}@${NODE_VERSION}`], { cwd: draft });
        rmSync(folder, { recursive: true, force: true });
        renameSync(draft, folder);
      } finally {
        rmSync(draft, { recursive: true, force: true });
      }
    });
  });
  if (isOwn) checkRuns(binary, folder);
  return binary;
}

function checkRuns(binary, folder) {
  try {
    execFileSync(binary, ["--version"], { stdio: "pipe" });
  } catch (error) {
    throw new Refusal(
      `The Node ${NODE_VERSION} in ${folder} does not run here: ${error.message}`,
      `Delete that folder, or put a Node 24 of your own first on PATH.`,
    );
  }
}

async function ensureDependencies({ cache, env }) {
  const stamp = join(checkout, "node_modules/.freehold-stamp");
  const wanted = dependencyHash();
  if (isStamped(stamp, wanted)) return;
  makeWritable(cache);
  const name = createHash("sha256").update(checkout).digest("hex").slice(0, 12);
  const options = { onWait: (pid) => say(`Another start (process ${pid}) installs the dependencies; waiting for it.`) };
  await withLock(join(cache, `dependencies-${name}.lock`), options, async () => {
    if (isStamped(stamp, wanted)) return;
    if (!isInstalled(readJson("package-lock.json"), readJson("node_modules/.package-lock.json"))) {
      checkDisk(checkout);
      await step("Dependencies: npm ci (first start, or package-lock.json changed; about 600 MB, half a minute and more)", async () => {
        // A stamp that outlived the packages it speaks of would vouch for a half-finished install.
        rmSync(stamp, { force: true });
        // Install scripts stay off: none is needed, and Pulumi's would each wait for a download.
        await npm(["ci", "--ignore-scripts"], { cwd: checkout, env });
      });
    }
    writeFileSync(stamp + ".draft", wanted);
    renameSync(stamp + ".draft", stamp);
  });
}

function isStamped(stamp, wanted) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
}

/**
 * Whether npm installed all of a lock file by its own record, which it writes last: somebody ran npm by hand.
 *
 * @param {{ packages?: Record<string, { version?: string, link?: boolean, optional?: boolean }> } | undefined} lock
 * @param {{ packages?: Record<string, { version?: string, link?: boolean }> } | undefined} record
 */
export function isInstalled(lock, record) {
  if (!lock?.packages || !record?.packages) return false;
  const { packages: wanted } = lock;
  const { packages: found } = record;
  const isThere = ([path, { version, link, optional }]) => {
    const there = found[path];
    return there ? there.version === version && Boolean(there.link) === Boolean(link) : Boolean(optional);
  };
  const inModules = ([path]) => path.startsWith("node_modules/") || path.includes("/node_modules/");
  return (
    Object.entries(wanted).filter(inModules).every(isThere) &&
    Object.entries(found)
      .filter(inModules)
      .every(([path]) => path in wanted)
  );
}

function readJson(file) {
  const path = join(checkout, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** Changes whenever `npm ci` could have another result; a new script or description does not count. */
function dependencyHash() {
  const hash = createHash("sha256").update(readFileSync(join(checkout, "package-lock.json")));
  for (const folder of ["", ...readJson("package.json").workspaces]) {
    const { name, version, workspaces, dependencies, devDependencies, optionalDependencies, overrides } = readJson(join(folder, "package.json")) ?? {};
    hash.update(JSON.stringify([folder, name, version, workspaces, dependencies, devDependencies, optionalDependencies, overrides]));
  }
  return hash.digest("hex");
}

/** Runs npm quietly and keeps its words for the error. */
async function npm(args, { cwd, env = process.env }) {
  const program = process.platform === "win32" ? "npm.cmd" : "npm";
  const child = spawn(program, [...args, "--no-audit", "--no-fund", "--loglevel=error"], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (bytes) => (said += bytes));
  child.stderr.on("data", (bytes) => (said += bytes));
  const code = await new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Refusal(`npm did not start: ${error.message}`, "Install npm (it comes with Node) and see that it is on PATH.")));
    child.on("close", resolve);
  });
  if (code !== 0) throw npmRefusal(args[0], code, said.trim());
}

/** Reads the cure out of what npm said. */
export function npmRefusal(command, code, said) {
  const cures = [
    [
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|FETCH_ERROR/,
      "The npm registry cannot be reached. Check the network and any proxy (npm config get proxy, registry), then run the command again.",
    ],
    [
      /SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY|CERT_/,
      "The registry's certificate is not trusted. Where TLS is intercepted, name the authority: NODE_EXTRA_CA_CERTS=/path/to/ca.crt",
    ],
    [/ENOSPC/, "The disk is full. Free some space and run the command again; what was half-done is done anew."],
    [/EACCES|EPERM/, "A file may not be written. See that you own the checkout and ~/.npm (sudo chown -R $USER ~/.npm .)."],
    [/E401|E403/, "The registry refuses. Check your credentials for it (npm whoami) or its rules for this package."],
    [/can only install packages when|EUSAGE/, "package.json and package-lock.json disagree. Undo local changes to them, or run: npm install --ignore-scripts"],
  ];
  const cure = cures.find(([pattern]) => pattern.test(said))?.[1] ?? "Look at npm's words above and run the command again.";
  return new Refusal(`npm ${command} ended with code ${code}:\n${said.split("\n").slice(-15).join("\n")}`, cure);
}

function makeWritable(cache) {
  try {
    mkdirSync(cache, { recursive: true });
    accessSync(cache, constants.W_OK);
  } catch (error) {
    throw new Refusal(`The cache folder ${cache} cannot be written: ${error.message}`, "Make it writable for you, or set XDG_CACHE_HOME to a folder that is.");
  }
}

function checkDisk(folder) {
  // Node 18.0 to 18.14 cannot ask; then npm's own error must do.
  if (fs.statfsSync === undefined) return;
  const { bavail, bsize } = fs.statfsSync(folder);
  const freeGb = (bavail * bsize) / 1e9;
  if (freeGb >= NEEDED_GB) return;
  throw new Refusal(
    `${folder} has ${freeGb.toFixed(1)} GB free; the first set-up needs ${NEEDED_GB} GB.`,
    "Free some space, or move the cache with XDG_CACHE_HOME to another disk, then run the command again.",
  );
}

async function step(what, work) {
  const began = Date.now();
  const seconds = () => ((Date.now() - began) / 1000).toFixed(0);
  say(what);
  const heartbeat = setInterval(() => say(`  … ${seconds()} s`), 15_000);
  try {
    await work();
  } finally {
    clearInterval(heartbeat);
  }
  say(`  done in ${seconds()} s`);
}

/** Progress goes to standard error, so that what a command prints can be piped. */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Runs to the end on this terminal, passes signals on, and ends as the child ended. */
async function runOn(node, args, env) {
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...args], { env, stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  const { code, signal } = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
  process.exit(signal ? 128 + system.signals[signal] : (code ?? 1));
}
