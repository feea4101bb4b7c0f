import { fork } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { silentLog } from "@freehold/kernel/log";
import { createConfinement } from "../tenants/confinement.ts";
import { frozenPass, hotPass, type PassParts } from "../tenants/passes.ts";
import { layoutOfTenants, stagedHomeOf } from "../tenants/tenant-layout.ts";

/**
 * A tenant that swaps a folder of its home for a link to another tenant's while it is copied, for tests. Prints how often what is the other's came into
 * its stage, after passes while it works and after the one while it stands still. It ends
 * at the first that came. Started as: swap-race.ts <folder> <passes at most> [unconfined].
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
  ["ada", "ada's many own words"],
  ["bella", theirs],
] as const) {
  mkdirSync(join(folder, id, "home/notes"), { recursive: true });
  for (let number = 0; number < files; number++) writeFileSync(join(folder, id, "home/notes", `${number}.md`), words);
}
symlinkSync(join(folder, "bella/home/notes"), join(home, "link"));

const clock = { now: () => Date.now() };
const manager = { freeze: async () => ({ lease: "x", frozen: true }), thaw: async () => ({ pausedMs: 1 }) };
const confinement = how === "unconfined" ? { isOn: async () => false } : createConfinement(silentLog);
const parts: PassParts = { layout, manager, log: silentLog, clock, steadyClock: clock, confinement, timeoutMs: 20_000 };
const staged = join(stagedHomeOf(layout, "ada"), "notes");

const foreign = () => readdirSync(staged).filter((name) => readFileSync(join(staged, name), "utf8") === theirs).length;
const swapper = fork(process.argv[1] ?? "", [folder, "0", "swap"], { stdio: "ignore" });
let hot = 0;
for (let pass = 0; pass < Number(passes); pass++) {
  // Every file is new each time, or there would be nothing left to read.
  for (let number = 0; number < files; number++) {
    try {
      writeFileSync(join(home, "notes", `${number}.md`), `ada's words of pass ${pass}`);
    } catch {
      // The folder is away just now.
    }
  }
  await hotPass(parts, "ada", {}, { trusted: true }).catch(() => undefined);
  try {
    hot += foreign();
  } catch {
    // A link was copied in the folder's place.
  }
  if (hot > 0) break;
}
const ended = new Promise((resolve) => swapper.once("exit", resolve));
swapper.kill("SIGKILL");
await ended;
await delay(0);
await frozenPass(parts, "ada", {});
console.log(
  JSON.stringify({ confined: await confinement.isOn(), hot, frozen: readdirSync(join(stagedHomeOf(layout, "ada"))).includes("notes") ? foreign() : 0 }),
);
