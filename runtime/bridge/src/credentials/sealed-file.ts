import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeFileAtomic } from "@freehold/kernel/files";
import type { Secret } from "@freehold/kernel/secret";
import { systemCodeOf } from "@freehold/kernel/errors";
import { fault } from "../errors.ts";

/** A file whose content only the holder of the key can read or forge. A crash leaves the old content or the new. */
export interface SealedFile {
  /** Undefined where there is no file. Throws: `store.unreadable` for another key or a damaged file. */
  read(): Promise<unknown>;
  write(content: unknown): Promise<void>;
  remove(): Promise<void>;
}

const purpose = "freehold bridge sealed file v1";

/** AES-256-GCM under a key derived from the secret, which should hold 32 random bytes in any notation. */
export function openSealedFile(path: string, secret: Secret): SealedFile {
  const key = Buffer.from(hkdfSync("sha256", secret.reveal(), "", purpose, 32));
  return {
    async read() {
      await removeTemporaries(path);
      const text = await readFile(path, "utf8").catch((thrown: unknown) => {
        if (systemCodeOf(thrown) === "ENOENT") return undefined;
        throw thrown;
      });
      return text === undefined ? undefined : unseal(text, key, path);
    },
    async write(content) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFileAtomic(path, seal(content, key), 0o600);
    },
    async remove() {
      await rm(path, { force: true });
      await removeTemporaries(path);
    },
  };
}

function seal(content: unknown, key: Buffer): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(purpose));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(content), "utf8"), cipher.final()]);
  return `${JSON.stringify({ version: 1, nonce: nonce.toString("base64"), tag: cipher.getAuthTag().toString("base64"), sealed: sealed.toString("base64") })}\n`;
}

function unseal(text: string, key: Buffer, path: string): unknown {
  try {
    const { nonce, tag, sealed } = JSON.parse(text) as { nonce: string; tag: string; sealed: string };
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"), { authTagLength: 16 })
      .setAAD(Buffer.from(purpose))
      .setAuthTag(Buffer.from(tag, "base64"));
    return JSON.parse(Buffer.concat([decipher.update(Buffer.from(sealed, "base64")), decipher.final()]).toString("utf8"));
  } catch (cause) {
    throw fault(
      "store.unreadable",
      `${path} can't be opened with this BRIDGE_KEY. Give back the key it was sealed with, or delete the file and sign in again.`,
      { cause },
    );
  }
}

/** What a crash in the midst of a write left behind. */
async function removeTemporaries(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => []);
  const left = names.filter((name) => name.startsWith(`${basename(path)}.`) && name.endsWith(".tmp"));
  await Promise.all(left.map((name) => rm(join(dirname(path), name), { force: true })));
}
