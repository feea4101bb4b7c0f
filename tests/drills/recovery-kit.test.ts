import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { collectKit, readKit, renderKit, unpackKit } from "../../infra/cli/recovery-kit.ts";
import { keyFile } from "../../infra/data-folder.ts";
import { deriveSecret } from "../../infra/keys.ts";
import { databases } from "../support/backup-home.ts";
import { buildImages, docker, images } from "../support/backup-images.ts";
import { TenantBackupHome } from "../support/tenant-backup-home.ts";

const repository = "s3:http://bucket:4480/test-backups/kit";
const target = {
  name: "hourly",
  repository,
  region: "us-east-1",
  accessKeyFile: "/run/secrets/s3-access-key",
  secretKeyFile: "/run/secrets/s3-secret-key",
  schedule: "17 3 1 1 *",
};

let home: TenantBackupHome;
let folder: string;

beforeAll(async () => {
  await buildImages();
  folder = mkdtempSync(join(tmpdir(), "freehold-test-kit-"));
  home = await TenantBackupHome.create();
}, 300_000);
afterAll(async () => {
  await home?.destroy();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** Everything that follows from a home's key, as the program of the home derives it; the bucket's own credential is the cloud's. */
const secretsOf = (key: string) => ({
  "backup-key": deriveSecret(key, "backup"),
  ...Object.fromEntries(databases.map((name) => [`database-password-${name}`, deriveSecret(key, `database/${name}`)])),
});

const start = async () => {
  await home.startManager();
  await home.startReady({ BACKUP_TARGETS: JSON.stringify([target]) });
};

/** The lines of the sheet that a person types into a shell on a machine with restic. */
async function typed(sheet: string, ...more: string[]): Promise<string> {
  const lines = sheet.split("\n").filter((line) => /^ {2}(export RESTIC_PASSWORD|restic -r s3:.* snapshots)/.test(line));
  const bucket = ["--env", "AWS_ACCESS_KEY_ID=emulator", "--env", "AWS_SECRET_ACCESS_KEY=emulator-secret", "--env", "HOME=/tmp"];
  return docker("run", "--rm", "--network", home.network, ...bucket, "--tmpfs", "/tmp:uid=1000", images.backup, "sh", "-ec", [...lines, ...more].join("\n"));
}

test("with nothing left but the printed kit and the bucket, databases, jobs and tenants come back", async () => {
  const key = randomBytes(32).toString("base64url");
  const here = { FREEHOLD_HOME: join(folder, "here") };
  mkdirSync(join(folder, "here/keys"), { recursive: true });
  writeFileSync(keyFile(here, "dev"), `${key}\n`);
  writeFileSync(join(folder, "here/passphrase"), "words of the old machine\n");
  await home.giveSecrets(secretsOf(key));
  await start();
  for (const name of databases) await home.sql(name, `set role ${name}; create table notes (word text); insert into notes values ('kept in ${name}')`);
  await home.onJobs("mkdir -p /jobs/one/workspace && head -c 300000 /dev/urandom > /jobs/one/workspace/file");
  await home.create("ada");
  await home.shell("cd /tenants/ada/home && mkdir -p workspace && head -c 300000 /dev/urandom > workspace/picture && ln -s picture workspace/link");
  expect((await home.snapshot()).status).toBe(201);
  const before = { jobs: await home.tree(), tenant: await home.homeTree("ada") };
  const sheet = renderKit(collectKit("dev", here, [{ name: target.name, repository }]), new Date());

  await home.remove("backup", "postgres");
  await home.stopManager();
  for (const volume of ["postgres", "jobs"] as const) await home.loseVolume(volume);
  await home.loseTenants();
  await home.giveSecrets(Object.fromEntries(Object.keys(secretsOf(key)).map((name) => [name, "lost"])));
  rmSync(here.FREEHOLD_HOME, { recursive: true });

  const fetched =
    "restic -r " +
    repository +
    " restore latest --target /tmp/all >/dev/null && ls -A /tmp/all /tmp/all/tenants/.stage && ls /tmp/all/*/.freehold-snapshot/databases /tmp/all/.freehold-snapshot/databases 2>/dev/null || true";
  const read = await typed(sheet, fetched);
  expect(read).toMatch(/1 snapshots/);
  expect(read).toMatch(/^ada$/m);

  const there = { FREEHOLD_HOME: join(folder, "there") };
  unpackKit(readKit(sheet), there);
  await home.giveSecrets(secretsOf(readFileSync(keyFile(there, "dev"), "utf8").trim()));
  await home.startPostgres();
  await start();
  for (const name of databases) expect(await home.sql(name, `set role ${name}; select word from notes`)).toContain(`kept in ${name}`);
  expect({ jobs: await home.tree(), tenant: await home.homeTree("ada") }).toEqual(before);
}, 180_000);
