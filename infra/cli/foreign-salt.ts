import { createDecipheriv, pbkdf2 } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { promisify } from "node:util";
import { Failure } from "./failure.ts";

const saltLine = /^encryptionsalt: *(\S+)\n?/m;

/**
 * Pulumi notes in a stack's settings with which salt their secrets are encrypted, and refuses a salt that another passphrase made. One that came with the checkout from another
 * computer is of no use here: where nothing hangs on it, it is taken out, and Pulumi makes its own. Returns whether it did. Throws: Failure where secrets hang on it.
 */
export async function dropForeignSalt(settingsFile: string, passphraseFile: string): Promise<boolean> {
  if (!existsSync(settingsFile) || !existsSync(passphraseFile)) return false;
  const settings = readFileSync(settingsFile, "utf8");
  const salt = saltLine.exec(settings)?.[1];
  if (salt === undefined || (await fits(salt, readFileSync(passphraseFile, "utf8").trim()))) return false;
  const name = basename(settingsFile);
  if (/\bsecure: /.test(settings))
    throw new Failure(
      `The secrets in ${name} were encrypted with another passphrase than the one in ${passphraseFile}.`,
      `Put the passphrase of the computer that wrote them into that file. Or take the secrets and the line "encryptionsalt" out of ${name}, and set them anew.`,
    );
  writeFileSync(`${settingsFile}.draft`, settings.replace(saltLine, ""));
  renameSync(`${settingsFile}.draft`, settingsFile);
  return true;
}

/** Source: Pulumi 3.232, `sdk/go/common/resource/config/crypt.go`: `v1:<salt>:v1:<nonce>:<the word pulumi, sealed with AES-256-GCM>`, in base64. */
async function fits(salt: string, passphrase: string): Promise<boolean> {
  const [version, given = "", , nonce = "", sealed = ""] = salt.split(":");
  // What is not known here Pulumi judges.
  if (version !== "v1" || sealed === "") return true;
  const key = await promisify(pbkdf2)(passphrase, Buffer.from(given, "base64"), 1_000_000, 32, "sha256");
  const bytes = Buffer.from(sealed, "base64");
  try {
    const unseal = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
    unseal.setAuthTag(bytes.subarray(-16));
    unseal.update(bytes.subarray(0, -16));
    unseal.final();
    return true;
  } catch {
    return false;
  }
}
