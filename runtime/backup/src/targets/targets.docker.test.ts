import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DockerHome } from "../../../../tests/support/backup-home.ts";
import { buildImages, docker } from "../../../../tests/support/backup-images.ts";
import { until } from "../../../../tests/support/until.ts";
import type { TargetStatus } from "../all-backups.ts";
import { requestsOf, type Requests } from "./budget.ts";

let home: DockerHome;

const s3 = { region: "us-east-1", accessKeyFile: "/run/secrets/s3-access-key", secretKeyFile: "/run/secrets/s3-secret-key", schedule: "17 3 1 1 *" };
const hourly = { ...s3, name: "hourly", repository: "s3:http://bucket:4480/test-backups/home", limits: { requests: 50_000, storageBytes: 20e9 } };
const offsite = {
  name: "offsite",
  repository: "gs:test-backups:/home",
  emulatorUrl: "http://bucket:4443",
  schedule: "0 3 1 1 *",
  limits: { classA: 5_000, classB: 50_000, storageBytes: 5e9 },
};
const append = {
  ...hourly,
  name: "append",
  repository: "s3:http://bucket:4480/test-backups/append",
  accessKeyFile: "/run/secrets/s3-append-key",
  mayDelete: false,
};
const folder = { name: "folder", repository: "/jobs/.freehold/folder-target", schedule: "0 3 1 1 *" };

const start = (...targets: object[]) => home.startReady({ BACKUP_TARGETS: JSON.stringify(targets) });
const statusOf = async (name: string) => {
  const { body } = await home.get<{ targets: TargetStatus[] }>("/backups");
  const found = body.targets.find((target) => target.name === name);
  if (found === undefined) throw new Error(`There is no target ${name}.`);
  return found;
};
const snapshotIn = (target: string) => home.post<{ id: string; target: string; code?: string; detail?: string }>(`/backups?target=${target}`);
const keys = ["AWS_ACCESS_KEY_ID=emulator", "AWS_SECRET_ACCESS_KEY=emulator-secret", "RESTIC_PASSWORD=first-key", "HOME=/tmp"];
const restic = (repository: string, ...argv: string[]) => {
  const environment = keys.flatMap((variable) => ["--env", variable]);
  return docker("exec", ...environment, home.name("backup"), "restic", "-o", "s3.bucket-lookup=path", "-r", repository, "--no-cache", ...argv);
};

beforeAll(async () => {
  await buildImages();
  home = await DockerHome.create();
  await start(hourly, offsite, append, folder);
  await home.onJobs("mkdir -p /jobs/one/workspace && head -c 3000000 /dev/urandom > /jobs/one/workspace/file");
}, 300_000);
afterAll(() => home.destroy(), 60_000);

test("a snapshot goes to the main target, or to the one that is named, and all are listed together", async () => {
  const made = [await home.snapshot(), await snapshotIn("offsite"), await snapshotIn("append"), await snapshotIn("folder")];
  expect(made.map(({ status, body }) => [status, body.target])).toEqual([
    [201, "hourly"],
    [201, "offsite"],
    [201, "append"],
    [201, "folder"],
  ]);
  expect((await home.list()).snapshots.map(({ target }) => target).toSorted()).toEqual(["append", "folder", "hourly", "offsite"]);
  expect(await snapshotIn("nowhere")).toMatchObject({ status: 404, body: { code: "backup.unknown-target" } });
}, 120_000);

test("what the emulator of the buckets has taken outlives its restart", async () => {
  await docker("restart", home.name("bucket"));
  await until("the snapshots", () => restic(hourly.repository, "snapshots", "--json", "--no-lock").then((text) => text.includes('"id"')));
  expect(await restic(hourly.repository, "check", "--no-lock")).toContain("no errors were found");
}, 60_000);

/** Requests of a target in this month, by class. */
async function askedOf(target: string): Promise<Requests> {
  const [a = 0, b = 0, free = 0] = await Promise.all(
    (["a", "b", "free"] as const).map((kind) => home.metric(String.raw`backup_target_requests\{target="${target}",class="${kind}"\}`)),
  );
  return { a, b, free };
}
const minus = (left: Requests, right: Requests): Requests => ({ a: left.a - right.a, b: left.b - right.b, free: left.free - right.free });
const plus = (left: Requests, right: Requests): Requests => ({ a: left.a + right.a, b: left.b + right.b, free: left.free + right.free });
/** What a process asks once: whether there is a config, what is in it, and a key; and, before its first snapshot, whether its repository is there and which is the newest. */
const firstLook: Requests = { a: 0, b: 3, free: 0 };
const firstSnapshot: Requests = { a: 2, b: 0, free: 0 };

test.each([
  ["hourly", "s3"],
  ["offsite", "gs"],
] as const)(
  "what %s is asked for is exactly what is planned for: a start and its list, a snapshot with its check, one without, and nothing for the status after it",
  async (name, kind) => {
    const costs = requestsOf[kind];
    const asked = [await askedOf(name)];
    await docker("stop", home.name("backup"));
    await home.start("backup");
    await home.ready();
    await until("the list of snapshots", () => home.metric(String.raw`backup_last_success_timestamp\{target="${name}"\}`));
    asked.push(await askedOf(name));
    for (let count = 0; count < 2; count++) {
      expect((await snapshotIn(name)).status).toBe(201);
      asked.push(await askedOf(name));
    }
    const { budget } = await statusOf(name);
    asked.push(await askedOf(name));
    const steps = asked.slice(1).map((after, index) => minus(after, asked[index] ?? firstLook));
    expect(steps).toEqual([plus(firstLook, costs.listing), plus(firstSnapshot, plus(costs.snapshot, costs.check)), costs.snapshot, { a: 0, b: 0, free: 0 }]);
    const { a, b, free } = asked.at(-1) ?? firstLook;
    const used = Object.fromEntries(budget.map(({ what, used: amount }) => [what, amount]));
    expect(used).toMatchObject(name === "offsite" ? { classA: a, classB: b } : { requests: a + b + free });
    expect(used["storageBytes"]).toBeGreaterThan(3_000_000);
  },
  120_000,
);

test("a credential that can't delete makes snapshots, and their thinning out is left to others and said so", async () => {
  expect(await statusOf("append")).toMatchObject({ prunes: false, lastError: null });
  expect(await home.log()).toContain("target.not-pruned");
  expect((await statusOf("hourly")).prunes).toBe(true);
  const asAppender = ["exec", "--env", "AWS_ACCESS_KEY_ID=appender", "--env", "AWS_SECRET_ACCESS_KEY=emulator-secret", "--env", "RESTIC_PASSWORD=first-key"];
  const forgetting = ["timeout", "15", "restic", "-o", "s3.bucket-lookup=path", "-r", append.repository, "--no-cache", "forget", "latest"];
  await docker(...asAppender, "--env", "HOME=/tmp", home.name("backup"), ...forgetting).catch(() => undefined);
  expect(await restic(append.repository, "snapshots", "--json", "--no-lock")).toContain('"id"');
}, 90_000);

test("a restore by hand takes a snapshot from whichever target holds it", async () => {
  const { body } = await snapshotIn("folder");
  await home.onJobs("rm -r /jobs/one");
  expect(await home.restore(body.id)).toContain(body.id.slice(0, 8));
  expect(await home.onJobs("wc -c < /jobs/one/workspace/file")).toBe("3000000");
}, 60_000);

test("a target whose free amount is used up gets no snapshot, and says why; another one still does", async () => {
  await home.remove("backup");
  await start({ ...hourly, schedule: "17 3 1 1 *", limits: { storageBytes: 1_000 } }, offsite);
  expect(await snapshotIn("hourly")).toMatchObject({ status: 429, body: { code: "backup.over-budget", detail: expect.stringContaining("storageBytes") } });
  expect((await snapshotIn("offsite")).status).toBe(201);
  expect((await statusOf("hourly")).lastError).toMatchObject({ code: "backup.over-budget" });
}, 90_000);

test("a home that lost its files gets the newest snapshot, in whichever target it lies", async () => {
  await home.onJobs("printf newest > /jobs/one/workspace/word");
  await snapshotIn("offsite");
  await home.remove("backup");
  await home.loseVolume("jobs");
  await start(hourly, offsite);
  expect(await home.onJobs("cat /jobs/one/workspace/word")).toBe("newest");
}, 90_000);

test("a pack that was spoilt in the bucket is found by the check, and named", async () => {
  const spoil =
    "set -- $(ls -S /data/s3/test-backups/home/data/*/*_object | head -1); printf spoilt | dd of=$1 bs=1 seek=100 conv=notrunc 2>/dev/null; rm -f $1.md5";
  await docker("exec", home.name("bucket"), "sh", "-c", spoil);
  await expect(restic(hourly.repository, "check", "--read-data", "--no-lock")).rejects.toThrow(/errors|damaged|hash|verification/i);
  await docker("exec", home.name("bucket"), "sh", "-c", "rm $(ls -S /data/s3/test-backups/home/data/*/*_object | head -1)*");
  expect((await snapshotIn("hourly")).status).toBe(201);
  expect((await statusOf("hourly")).lastError).toMatchObject({ code: "backup.repository-spoilt" });
}, 90_000);
