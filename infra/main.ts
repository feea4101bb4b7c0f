import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { keyFile, sshFolder } from "./data-folder.ts";
import { Home } from "./home.ts";
import { runPart } from "./places/adoption.ts";
import { placeOf } from "./places/index.ts";
import { parseSettings, type Settings } from "./settings.ts";

const stack = pulumi.getStack();
const settings = parseSettings(stack, pulumi.runtime.allConfig());
const prefix = `freehold-${stack}`;

export default (await runPart(prefix, settings, process.env)) ?? build();

function build(): Record<string, unknown> {
  const key = readKey(settings);
  const { place, outputs: more } = placeOf({ prefix, key, sshFolder: sshFolder(process.env) }, settings);
  const home = place === undefined ? undefined : new Home("home", { stack, prefix, key, settings, place });
  // Pulumi warns of an output without a value.
  const outputs = Object.entries({ urls: home?.urls, backups: home?.backups, ...more }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(outputs);
}

function readKey({ key }: Settings): string {
  if (key !== undefined) return key;
  const file = keyFile(process.env, stack);
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw new Error(
      `This home has no key yet: neither the setting freehold:key nor the file ${file}. \`npm run freehold -- up ${stack}\` makes one; keep it, all passwords and backups hang on it.`,
    );
  }
}
