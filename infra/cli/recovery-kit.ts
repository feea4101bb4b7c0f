import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { dataFolder, keyFile } from "../data-folder.ts";
import { deriveSecret } from "../keys.ts";
import { Failure } from "./failure.ts";

const repositorySchema = z.object({ name: z.string(), repository: z.string() });
const kitSchema = z.object({
  format: z.literal(1),
  stack: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  /** The home's key, from which every password of it follows. */
  key: z.string().min(32),
  /** Of Pulumi's encrypted settings. */
  passphrase: z.string(),
  /** `Pulumi.<stack>.yaml` as it is. */
  settings: z.string(),
  repositories: z.array(repositorySchema),
});

export type RecoveryKit = z.output<typeof kitSchema>;

const root = join(import.meta.dirname, "../..");
const settingsFile = (stack: string) => join(root, `Pulumi.${stack}.yaml`);
const passphraseFile = (environment: NodeJS.ProcessEnv) => join(dataFolder(environment), "passphrase");
const [begin, end] = ["-----BEGIN FREEHOLD RECOVERY KIT-----", "-----END FREEHOLD RECOVERY KIT-----"];

/** What one must keep elsewhere to bring a home back on an empty machine. Throws: Failure when this machine has no such home. */
export function collectKit(stack: string, environment: NodeJS.ProcessEnv, repositories: RecoveryKit["repositories"]): RecoveryKit {
  const read = (file: string, what: string) => {
    if (existsSync(file)) return readFileSync(file, "utf8");
    throw new Failure(`There is no ${what} of the home ${stack} at ${file}.`, "Make the kit on the machine from which the home was started.");
  };
  const key = read(keyFile(environment, stack), "key").trim();
  return { format: 1, stack, key, passphrase: read(passphraseFile(environment), "passphrase"), settings: read(settingsFile(stack), "settings"), repositories };
}

/** The kit as a sheet to print or to put away; `readKit` reads it back. Shape: the block holds lines of 76 characters of base64. */
export function renderKit(kit: RecoveryKit, now: Date): string {
  const block =
    Buffer.from(JSON.stringify(kit))
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  return [
    `Recovery kit of the home ${kit.stack}, made ${now.toISOString()}`,
    "",
    "Who has this sheet can read every backup and open the home. Keep it away from the machine: on paper, or in a password manager.",
    "It stays right as long as the home's key and settings do; make a new one when you change settings.",
    "",
    "To bring the whole home back on an empty machine with Docker and Node 24, in a checkout of Freehold:",
    "  npm ci && npm run freehold -- restore --kit <this file>",
    "",
    "To read a backup without Freehold, with restic (the bucket's own credentials are in your cloud account):",
    `  export RESTIC_PASSWORD='${deriveSecret(kit.key, "backup")}'`,
    ...kit.repositories.map(({ name, repository }) => `  restic -r ${repository} snapshots        # ${name}`),
    "  restic -r <repository> restore <snapshot> --target <folder>",
    "  A tenant's home lies in /tenants/.stage/<tenant>/home, jobs at the top, dumps of the databases in .freehold-snapshot/databases.",
    "",
    begin,
    ...block,
    end,
    "",
  ].join("\n");
}

/** Throws: Failure for a text that holds no whole kit. */
export function readKit(text: string): RecoveryKit {
  const block = text.split(begin)[1]?.split(end)[0];
  const parsed = kitSchema.safeParse(parseJson(Buffer.from(block ?? "", "base64").toString("utf8")));
  if (block !== undefined && parsed.success) return parsed.data;
  throw new Failure("This file holds no whole recovery kit.", `It must have every line between "${begin}" and "${end}".`);
}

/**
 * Lays a kit's key, passphrase and settings where the home looks for them, without overwriting what differs.
 * Throws: Failure when this machine has another home of that name.
 */
export function unpackKit({ stack, key, passphrase, settings }: RecoveryKit, environment: NodeJS.ProcessEnv): void {
  const files = [
    { file: keyFile(environment, stack), content: `${key}\n`, what: "key" },
    { file: passphraseFile(environment), content: passphrase, what: "passphrase" },
    { file: settingsFile(stack), content: settings, what: "settings" },
  ];
  const other = files.find(({ file, content }) => existsSync(file) && readFileSync(file, "utf8").trim() !== content.trim());
  if (other !== undefined)
    throw new Failure(
      `This machine has another ${other.what} for the home ${stack}: ${other.file}.`,
      "Move that file away if it is not needed, then run this again.",
    );
  for (const { file, content } of files) {
    if (existsSync(file)) continue;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, content, { mode: 0o600, flag: "wx", flush: true });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
