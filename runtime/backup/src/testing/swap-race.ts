import { execFileSync, fork } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "@freehold/kernel/log";
import { createConfinement } from "../tenants/confinement.ts";
import { frozenPass, hotPass, type PassParts } from "../tenants/passes.ts";
import { layoutOfTenants, stagedHomeOf } from "../tenants/tenant-layout.ts";

/**
 * A tenant that swaps a folder of its home for a link to another tenant's while it is copied, for tests. Prints how many files of the other's are in its stage, after passes
 * while it works and after the one while it stands still; it ends at the first that came. rsync 3.5 itself follows no such link, so with `unconfined` nothing is swapped: a
 * file of the other's, of the same size and time, lies in the stage as if it had come there.
 * With `led` and `led-unconfined` something stands in rsync's place that does follow a link.
 * Started as: swap-race.ts <folder> <passes at most> [unconfined | led | led-unconfined].
 */
const [folder = "", passes = "0", how = ""] = process.argv.slice(2);
const layout = layoutOfTenants(folder);
const home = join(folder, "ada/home");
const files = 400;
const theirs = "bella's own words";

if (how === "swap") {
  for (;;) {
    renameSync(join(home, "notes"), join(home, "kept"));
    renameSync(join(home, "link"), join(home, "notes"));
    renameSync(join(home, "notes"), join(home, "link"));
    renameSync(join(home, "kept"), join(home, "notes"));
  }
}

for (const [id, words] of [
  ["ada", "ada's words".padEnd(theirs.length)],
  ["bella", theirs],
] as const) {
  mkdirSync(join(folder, id, "home/notes"), { recursive: true });
  for (let number = 0; number < files; number++) writeFileSync(join(folder, id, "home/notes", `${number}.md`), words);
}
symlinkSync(join(folder, "bella/home/notes"), join(home, "link"));

const clock = { now: () => Date.now() };
const manager = { freeze: async () => ({ lease: "x", frozen: true }), thaw: async () => ({ pausedMs: 1 }) };
const confinement = how.endsWith("unconfined") ? { isOn: async () => false } : createConfinement(silentLog);
const parts: PassParts = { layout, manager, log: silentLog, clock, steadyClock: clock, confinement, timeoutMs: 20_000 };
const staged = join(stagedHomeOf(layout, "ada"), "notes");

/** A link that was copied as a link holds nothing of what it names. */
const foreign = () =>
  lstatSync(staged).isSymbolicLink() ? 0 : readdirSync(staged).filter((name) => readFileSync(join(staged, name), "utf8") === theirs).length;

let hot = 0;
if (how.startsWith("led")) {
  const astray = join(stagedHomeOf(layout, "ada"), "astray.md");
  await hotPass(parts, "ada", {}, { trusted: true }).catch(() => undefined);
  console.log(JSON.stringify({ confined: await confinement.isOn(), astray: existsSync(astray) && readFileSync(astray, "utf8") === theirs }));
  process.exit();
} else if (how === "unconfined") {
  await hotPass(parts, "ada", {}, { trusted: true });
  writeFileSync(join(staged, "0.md"), theirs);
  // To the nanosecond, which Node's own call can't.
  execFileSync("touch", ["--reference", join(home, "notes/0.md"), join(staged, "0.md")]);
  await hotPass(parts, "ada", {}, { trusted: true });
  hot = foreign();
} else {
  const swapper = fork(process.argv[1] ?? "", [folder, "0", "swap"], { stdio: "ignore" });
  for (let pass = 0; pass < Number(passes) && hot === 0; pass++) {
    writeAnew(pass);
    await hotPass(parts, "ada", {}, { trusted: true }).catch(() => undefined);
    // The folder was perhaps away when it was copied.
    hot = existsSync(staged) ? foreign() : 0;
  }
  const ended = new Promise((resolve) => swapper.once("exit", resolve));
  swapper.kill("SIGKILL");
  await ended;
}
await frozenPass(parts, "ada", {});
console.log(JSON.stringify({ confined: await confinement.isOn(), hot, frozen: existsSync(staged) ? foreign() : 0 }));

/** Every file is new each time, or there would be nothing left to read. */
function writeAnew(pass: number): void {
  for (let number = 0; number < files; number++) {
    try {
      writeFileSync(join(home, "notes", `${number}.md`), `ada's words of pass ${pass}`);
    } catch {
      // The folder is away just now.
    }
    // What was meant for the folder has perhaps gone through the link.
    writeFileSync(join(folder, "bella/home/notes", `${number}.md`), theirs);
  }
}
