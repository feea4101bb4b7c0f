/**
 * Gives a runner the state of a stack: the passphrase and the home's key, as the files where the commands look for them.
 * Without them (a repository that has set up nothing) both are made up, which is enough to preview a home from nothing.
 * Reads STACK, PULUMI_CONFIG_PASSPHRASE, FREEHOLD_KEY, STATE_URL; tells the following steps through the file GITHUB_ENV.
 */
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { STACK, PULUMI_CONFIG_PASSPHRASE, FREEHOLD_KEY, STATE_URL, RUNNER_TEMP, GITHUB_ENV } = process.env;
if (!/^[a-z][a-z0-9-]{0,30}$/.test(STACK ?? "") || RUNNER_TEMP === undefined || GITHUB_ENV === undefined) {
  throw new Error(`STACK is "${STACK ?? ""}": set the repository variable FREEHOLD_STACK to lower-case letters, digits and hyphens, such as prod.`);
}
if (STATE_URL && !(PULUMI_CONFIG_PASSPHRASE && FREEHOLD_KEY)) {
  throw new Error(
    "The variable PULUMI_BACKEND_URL is set, but not both secrets PULUMI_CONFIG_PASSPHRASE and FREEHOLD_KEY: without them the home would get other passwords.",
  );
}

const folder = join(RUNNER_TEMP, "freehold");
const made = () => randomBytes(32).toString("base64url");
mkdirSync(join(folder, "keys"), { recursive: true, mode: 0o700 });
writeFileSync(join(folder, "passphrase"), PULUMI_CONFIG_PASSPHRASE || made(), { mode: 0o600 });
writeFileSync(join(folder, "keys", `${STACK}.key`), FREEHOLD_KEY || made(), { mode: 0o600 });
appendFileSync(GITHUB_ENV, `FREEHOLD_HOME=${folder}\n${STATE_URL ? `PULUMI_BACKEND_URL=${STATE_URL}\n` : ""}`);
