import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { dropForeignSalt } from "./foreign-salt.ts";

/** Pulumi 3.232 made it for the passphrase "right horse". */
const salt = "v1:O9IRgd4D0tM=:v1:pCnq2lpHUeYobWO+:uXdGa3OZSS4gFFvOJeAAVx3SrV0Izw==";
const plain = "# The home.\nconfig:\n  freehold:place: local\n";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "freehold-salt-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function drop(settings: string, passphrase: string): Promise<{ dropped: boolean; left: string }> {
  const [settingsFile, passphraseFile] = [join(folder, "Pulumi.dev.yaml"), join(folder, "passphrase")];
  writeFileSync(settingsFile, settings);
  writeFileSync(passphraseFile, `${passphrase}\n`);
  return { dropped: await dropForeignSalt(settingsFile, passphraseFile), left: readFileSync(settingsFile, "utf8") };
}

test.each([
  ["no salt", plain, "any horse"],
  ["one of this passphrase", `${plain}encryptionsalt: ${salt}\n`, "right horse"],
  ["one that Pulumi may know and we do not", `${plain}encryptionsalt: v9:abc\n`, "any horse"],
])("settings with %s stay as they are", async (_what, settings, passphrase) => {
  expect(await drop(settings, passphrase)).toEqual({ dropped: false, left: settings });
});

test("a salt of another passphrase goes where nothing is encrypted with it, and nothing else does", async () => {
  expect(await drop(`encryptionsalt: ${salt}\n${plain}`, "wrong horse")).toEqual({ dropped: true, left: plain });
});

test.each(["  freehold:key:\n    secure: v1:abc:def\n", "  freehold:keys:\n    - secure: v1:abc:def\n", "  freehold:key: { secure: v1:abc:def }\n"])(
  "where a secret hangs on it, it stays, and the error says what to do: %j",
  async (secret) => {
    const settings = `${plain}${secret}encryptionsalt: ${salt}\n`;
    await expect(drop(settings, "wrong horse")).rejects.toMatchObject({
      message: expect.stringContaining("another passphrase"),
      cure: expect.stringContaining("set them anew"),
    });
    expect(readFileSync(join(folder, "Pulumi.dev.yaml"), "utf8")).toBe(settings);
  },
);

test("where there are no settings or no passphrase yet, nothing happens", async () => {
  expect(await dropForeignSalt(join(folder, "Pulumi.dev.yaml"), join(folder, "passphrase"))).toBe(false);
});
