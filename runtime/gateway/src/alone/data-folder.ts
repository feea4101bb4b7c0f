import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemCodeOf } from "@freehold/kernel/errors";
import { writeFileAtomic } from "@freehold/kernel/files";
import { Secret } from "@freehold/kernel/secret";

const makeToken = (): string => randomBytes(32).toString("base64url");

export const adminTokenFile = (folder: string): string => join(folder, "admin-token");

/** The token of a gateway that was given none: kept in its folder, for its owner's eyes alone, else made anew at each start. */
export const keepAdminToken = (folder: string | undefined): Promise<Secret> => keepSecret(folder && adminTokenFile(folder));

/** The same for what seals kept bodies: they live in the same folder, or in memory as well. */
export const keepBodyKey = (folder: string | undefined): Promise<Secret> => keepSecret(folder && join(folder, "body-key"));

async function keepSecret(file: string | undefined): Promise<Secret> {
  if (file === undefined) return new Secret(makeToken());
  const kept = readKept(file);
  if (kept !== undefined) return new Secret(kept);
  const token = makeToken();
  await writeFileAtomic(file, `${token}\n`, 0o600);
  return new Secret(token);
}

function readKept(file: string): string | undefined {
  try {
    const text = readFileSync(file, "utf8").trim();
    return text === "" ? undefined : text;
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
}
