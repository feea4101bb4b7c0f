import { expect, test } from "@jest/globals";
import { backUp, forget, restore } from "./restic-commands.ts";
import { failureOf, isRetry, parseBackup, parseIds, parseLock, parseSkipped, parseSnapshots } from "./restic-output.ts";

// What restic 0.18.0 really printed.
const listed = `[{"time":"2026-11-21T11:56:41Z","tree":"a1c2","paths":["/jobs"],"hostname":"freehold","username":"node","uid":1000,"gid":1000,"tags":["freehold","databases=gateway+worker"],"program_version":"restic 0.18.0","summary":{"backup_start":"2026-11-21T11:56:42.238133436Z","backup_end":"2026-11-21T11:56:43.158541968Z","files_new":3,"data_added":3382,"data_added_packed":2240,"total_files_processed":3,"total_bytes_processed":7},"id":"a5863ea35e749241c5ff41719e4d3644e00dabcd519b23d839e93c1f2650abb0","short_id":"a5863ea3"},{"time":"2026-11-21T12:56:41.5Z","tags":null,"id":"b5863ea35e749241c5ff41719e4d3644e00dabcd519b23d839e93c1f2650abb0"}]`;
const summary = `{"message_type":"summary","files_new":1,"data_added":704,"data_added_packed":660,"total_files_processed":1,"total_bytes_processed":3,"total_duration":0.79,"backup_start":"2026-11-21T11:58:27.374426988Z","backup_end":"2026-11-21T11:58:28.166273051Z","snapshot_id":"e8e8960911c516db14b673637751c9aa9f163a6ac2c47ebc5300df1c04ed4f4e"}`;
const tenants = [{ id: "ada", pauseMs: 209.6, files: 2501, sizeBytes: 99 }];
const failure = (exitCode: number, stderr: string, timedOut = false) => failureOf({ exitCode, stderr, timedOut, stdout: "" }, "gs:bucket:/home");

test("snapshots are read newest first, with what restic counted; those without a summary are shown, too", () => {
  const [young, old] = parseSnapshots(listed, "main");
  expect(young).toMatchObject({ id: expect.stringMatching(/^b5/), createdAt: "2026-11-21T12:56:41.500Z", files: 0, databases: [] });
  expect(old).toEqual({
    id: expect.stringMatching(/^a586/),
    target: "main",
    tenants: [],
    createdAt: "2026-11-21T11:56:41.000Z",
    sizeBytes: 7,
    addedBytes: 2240,
    files: 3,
    durationMs: 2158,
    databases: ["gateway", "worker"],
    pauseMs: 0,
  });
});

test("a new snapshot is dated at the second in which it began, and lasted until restic was done", () => {
  const startedAt = Date.parse("2026-11-21T11:58:26.700Z");
  expect(parseBackup(`{"message_type":"status"}\n${summary}\n`, { startedAt, databases: ["worker"], tenants, folders: [], excludes: [] }, "main")).toEqual({
    target: "main",
    tenants: [{ id: "ada", pauseMs: 210, files: 2501, sizeBytes: 99 }],
    id: "e8e8960911c516db14b673637751c9aa9f163a6ac2c47ebc5300df1c04ed4f4e",
    createdAt: "2026-11-21T11:58:26.000Z",
    sizeBytes: 3,
    addedBytes: 660,
    files: 1,
    durationMs: 2166,
    databases: ["worker"],
    pauseMs: 210,
  });
});

test.each(["", "no json", "[1]", '{"id":1}'])("something unexpected (%p) is refused instead of guessed at", (text) => {
  expect(() => parseSnapshots(text, "main")).toThrow(expect.objectContaining({ code: "backup.tool-failed" }));
});

test("a file that was left out is named with its cause, once", () => {
  expect(parseSkipped('{"message_type":"error","error":{"message":"open job1/locked: permission denied"},"during":"archival","item":"job1/locked"}')).toEqual({
    path: "job1/locked",
    cause: "open job1/locked: permission denied",
  });
  expect(parseSkipped('{"message_type":"error","error":{"message":"x"},"during":"scan","item":"job1/locked"}')).toBeUndefined();
  expect(parseSkipped("Stat(<config/>) returned error")).toBeUndefined();
});

test("locks are read", () => {
  expect(parseIds(`${"a".repeat(64)}\nrepository opened\n`)).toEqual(["a".repeat(64)]);
  expect(parseLock('{"time":"2026-11-21T11:58:30Z","exclusive":true,"hostname":"backup","username":"node","pid":29,"uid":1000}')).toMatchObject({
    hostname: "backup",
    pid: 29,
    exclusive: true,
  });
});

const retrying =
  'Stat(<config/>) returned error, retrying after 1.25s: Get "https://storage.googleapis.com/storage/v1/b/x": proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused';

test.each([
  [
    10,
    '{"message_type":"exit_error","code":10,"message":"Fatal: repository does not exist: unable to open config file"}',
    "backup.repository-missing",
    "no backup repository at gs:bucket:/home",
  ],
  [
    11,
    '{"message_type":"exit_error","code":11,"message":"unable to create lock in backend: repository is already locked by PID 29 on laptop by me (UID 1000, GID 1000)\\nlock was created"}',
    "backup.repository-locked",
    "locked by PID 29 on laptop",
  ],
  [12, "Fatal: wrong password or no key found", "backup.wrong-key", "BACKUP_KEY_FILE"],
  [1, "Fatal: create key in repository at gs:bucket:/home failed: repository already contains keys\n", "backup.repository-broken", "has keys but no config"],
  [1, "Fatal: unable to save snapshot: write /jobs/.freehold/tmp/x: no space left on device", "backup.disk-full", "no space left"],
  [1, "Fatal: getStorageClient: google: could not find default credentials. See https://cloud.google.com", "backup.bucket-refused", "BUCKET_CREDENTIALS_FILE"],
  [1, "Fatal: googleapi: Error 403: denied", "backup.bucket-refused", "Error 403"],
  [1, `Fatal: cannot dump file: path "x": not found in snapshot`, "backup.bad-snapshot", "not found in snapshot"],
  [1, "Fatal: something new", "backup.tool-failed", "restic ended with 1: something new"],
])("exit code %i with %p means %s", (exitCode, stderr, code, message) => {
  expect(failure(exitCode, stderr)).toMatchObject({ code, message: expect.stringContaining(message) });
});

test("a bucket that stays silent is away, and the cause is the network's, not restic's own stop", () => {
  const stderr = `${retrying}\n\u001b[2Ksignal terminated received, cleaning up\n{"message_type":"exit_error","code":1,"message":"Fatal: unable to open config file: context canceled\\nIs there a repository at the following location?"}`;
  expect(isRetry(retrying)).toBe(true);
  const error = failure(1, stderr, true);
  expect(error).toMatchObject({ code: "backup.bucket-away", status: 503, retryable: true });
  expect(error.message).toBe(
    'The bucket of gs:bucket:/home can\'t be reached: Get "https://storage.googleapis.com/storage/v1/b/x": proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused. It is tried again by itself; check the network and the bucket.',
  );
  expect(failure(1, retrying.replace(/proxyconnect.*/, "something new"), true)).toMatchObject({ code: "backup.bucket-away" });
  expect(failure(1, "", true)).toMatchObject({ code: "backup.overdue" });
});

test("commands carry no secret, keep all snapshots of a day, and save the folder they run in", () => {
  expect(
    backUp({ startedAt: Date.parse("2026-11-21T11:58:26.700Z"), databases: ["a", "b"], tenants, folders: ["/tenants/.stage"], excludes: ["/jobs/.freehold"] }),
  ).toEqual(
    "backup --json --host freehold --group-by host --tag freehold,databases=a+b,tenant=ada:210:2501:99 --time|2026-11-21 11:58:26|--exclude=/jobs/.freehold . /tenants/.stage"
      .split("|")
      .flatMap((part, index) => (index === 1 ? [part] : part.split(" "))),
  );
  expect(forget({ hourly: 168, daily: 30 }).join(" ")).toBe(
    "forget --quiet --host freehold --tag freehold --group-by host --keep-within 1d --keep-hourly 168 --keep-daily 30 --prune",
  );
  expect(restore({ snapshotId: "ab", target: "/x", folder: "/tenants/.stage/ada" }).join(" ")).toBe(
    "restore --quiet --no-lock ab:/tenants/.stage/ada --target /x",
  );
  expect(restore({ snapshotId: "ab", target: "/x", include: ["/s"] }).join(" ")).toBe("restore --quiet --no-lock ab --target /x --include=/s");
});
