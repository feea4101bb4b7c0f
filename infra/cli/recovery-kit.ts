import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { z } from "zod";
import { dataFolder, keyFile } from "../data-folder.ts";
import { deriveOwnerPassword, deriveSecret } from "../keys.ts";
import { Failure } from "./failure.ts";
import { settingsFile } from "./stack.ts";

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
  /** What Pulumi knows of a home in the cloud, so that what outlived its machine is taken over and not made a second time. Shape: gzip, base64. */
  state: z.string().optional(),
});

export type RecoveryKit = z.output<typeof kitSchema>;

const passphraseFile = (environment: NodeJS.ProcessEnv) => join(dataFolder(environment), "passphrase");
const [begin, end] = ["-----BEGIN FREEHOLD RECOVERY KIT-----", "-----END FREEHOLD RECOVERY KIT-----"];

/** What one must keep elsewhere to bring a home back on an empty machine. Throws: Failure when this machine has no such home. */
export function collectKit(stack: string, environment: NodeJS.ProcessEnv, repositories: RecoveryKit["repositories"]): RecoveryKit {
  const read = (file: string, what: string) => {
    if (existsSync(file)) return readFileSync(file, "utf8");
    throw new Failure(`There is no ${what} of the home ${stack} at ${file}.`, "Make the kit on the machine from which the home was started.");
  };
  const key = read(keyFile(environment, stack), "key").trim();
  return {
    format: 1,
    stack,
    key,
    passphrase: read(passphraseFile(environment), "passphrase"),
    settings: read(settingsFile(environment, stack), "settings"),
    repositories,
  };
}

/** A kit that also holds what Pulumi knows of the home. */
export const withState = (kit: RecoveryKit, state: string): RecoveryKit => ({ ...kit, state: gzipSync(state).toString("base64") });

export const stateOf = ({ state }: RecoveryKit): string | undefined =>
  state === undefined ? undefined : gunzipSync(Buffer.from(state, "base64")).toString("utf8");

/** The kit as a sheet to print or to put away; `readKit` reads it back. Shape: the block holds lines of 76 characters of base64. */
export function renderKit(kit: RecoveryKit, now: Date): string {
  const text = JSON.stringify(kit);
  const block =
    Buffer.from(text)
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  return [
    `Recovery kit of the home ${kit.stack}, made ${now.toISOString()}`,
    "",
    "Who has this sheet can read every backup and open the home. Keep it away from the machine: on paper, or in a password manager.",
    "It stays right as long as the home's key and settings do; make a new one when you change settings.",
    "",
    ...steps(kit),
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
    `Check: ${checkOf(text)}`,
    "",
  ].join("\n");
}

const stateMissing = [
  "This kit was printed without what Pulumi knows: the home is found again by its names, and gets new access keys to its",
  "buckets. Delete the old ones there; or copy the old computer's folder `state`, too.",
];

/** What a person does, one after the other, who has nothing but this sheet. */
function steps({ stack, key, settings, state }: RecoveryKit): string[] {
  const isCloud = /place["']?:\s*["']?oracle/.test(settings);
  const place = isCloud
    ? ["Sign in to the home's clouds on it, as docs/prod.md says.", ...(state === undefined ? stateMissing : [])]
    : ["This home keeps its buckets on its own machine, as a volume of Docker: that must be there, or nothing is left to fetch."];
  return [
    "To bring the whole home back on an empty machine:",
    "  1. Put Docker, Node 24 and a checkout of Freehold on it, of the release that the home had, or a newer one.",
    `  2. ${place.join("\n     ")}`,
    "  3. Save this whole sheet there as a file, for instance kit.txt. Typed off from paper, the lines from BEGIN to Check are enough.",
    "  4. In the checkout: npm ci && npm run freehold -- restore --kit kit.txt",
    "     The home comes up and fetches everything from the newest backups before it is ready. After a failure mend what it names and run it again.",
    `  5. Open the address that it prints. The owner's password is ${deriveOwnerPassword(key)} unless you changed it.`,
    `  6. Look whether all is there: npm run freehold -- status ${stack}, npm run freehold -- backups ${stack}, npm run freehold -- tenants ls. Then delete kit.txt.`,
  ];
}

const checkOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);

/** Throws: Failure for a text that holds no whole kit. */
export function readKit(text: string): RecoveryKit {
  const [, rest] = text.split(begin);
  const [block, after = ""] = rest?.split(end) ?? [];
  const json = Buffer.from(block ?? "", "base64").toString("utf8");
  const check = /Check:\s*([0-9a-f]{12})/i.exec(after)?.[1]?.toLowerCase();
  if (check !== undefined && check !== checkOf(json))
    throw new Failure("This file is not the kit that was printed: a letter is wrong or missing.", `Compare every line between "${begin}" and "${end}".`);
  const parsed = kitSchema.safeParse(parseJson(json));
  if (block !== undefined && parsed.success) return parsed.data;
  throw new Failure("This file holds no whole recovery kit.", `It must have every line between "${begin}" and "${end}".`);
}

/**
 * Lays a kit's key, passphrase and settings where the home looks for them. A key or a passphrase that differs is never touched. Settings that differ came
 * with the checkout where this machine has no key for them, and make place; else they are this home's own, changed since. Returns where those that made
 * place are kept. Throws: Failure when this machine has another home of that name.
 */
export function unpackKit({ stack, key, passphrase, settings }: RecoveryKit, environment: NodeJS.ProcessEnv): { replaced?: string } {
  const ofHome = { file: settingsFile(environment, stack), content: settings };
  const secrets = [
    { file: passphraseFile(environment), content: passphrase, what: "passphrase" },
    // The last one: that it is there says that the home is this machine's.
    { file: keyFile(environment, stack), content: `${key}\n`, what: "key" },
  ];
  const differs = ({ file, content }: typeof ofHome) => existsSync(file) && readFileSync(file, "utf8").trim() !== content.trim();
  const isNew = !existsSync(keyFile(environment, stack));
  const other = secrets.find(differs);
  if (other !== undefined)
    throw new Failure(
      `This machine has another ${other.what} for the home ${stack}: ${other.file}.`,
      "Move that file away if it is not needed, then run this again.",
    );
  const replaced = isNew && differs(ofHome) ? ofHome.file.replace(/\.yaml$/, ".replaced.yaml") : undefined;
  if (replaced !== undefined) renameSync(ofHome.file, replaced);
  for (const { file, content } of [ofHome, ...secrets]) {
    if (existsSync(file)) continue;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.draft`, content, { mode: 0o600, flush: true });
    renameSync(`${file}.draft`, file);
  }
  return replaced === undefined ? {} : { replaced };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
