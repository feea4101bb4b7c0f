import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Signer } from "./oracle-api.ts";

/**
 * The credentials in the file that Oracle's own tools use, `~/.oci/config` (OCI_CONFIG_FILE and OCI_CLI_PROFILE choose another).
 * Throws: Error that names what is missing.
 */
export function readOracleConfig(environment: NodeJS.ProcessEnv, home: string): Signer {
  const file = environment["OCI_CONFIG_FILE"] ?? join(home, ".oci/config");
  const profile = environment["OCI_CLI_PROFILE"] ?? "DEFAULT";
  const values = profileOf(readText(file), profile);
  const value = (name: string): string => {
    const found = values.get(name);
    if (found === undefined)
      throw new Error(`${file} has no ${name} in its profile ${profile}. Oracle's console writes such a file: your user, API keys, Add API key.`);
    return found;
  };
  const keyFile = value("key_file").replace(/^~(?=\/)/, home);
  return { tenancyId: value("tenancy"), userId: value("user"), fingerprint: value("fingerprint"), privateKey: readText(keyFile) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw new Error(`${file} can't be read (${(thrown as NodeJS.ErrnoException).code}). Oracle's console writes it: your user, API keys, Add API key.`, {
      cause: thrown,
    });
  }
}

/** Shape: lines `name=value` below a line `[profile]`; `#` begins a comment. */
function profileOf(text: string, profile: string): Map<string, string> {
  const values = new Map<string, string>();
  let current = "";
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    const [, section] = /^\[(.+)\]$/.exec(line) ?? [];
    if (section !== undefined) current = section;
    const [, name, value] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (current === profile && name !== undefined && value !== undefined) values.set(name, value);
  }
  return values;
}
