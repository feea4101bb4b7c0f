import { expect, test } from "@jest/globals";
import { parseHistory, parseInfo, parseLsn, parseTimelineTimes } from "./info.ts";
import { archiveFailure, parseReport } from "./report.ts";

/** As pgBackRest 2.55.1 prints it. */
const printed = `[{"archive":[{"database":{"id":1,"repo-key":1},"id":"17-1","max":"000000010000000000000002","min":"000000010000000000000001"}],"backup":[{"archive":{"start":"0000000A0000000000000002","stop":"0000000A0000000000000002"},"backrest":{"format":5,"version":"2.55.1"},"database":{"id":1,"repo-key":1},"error":false,"info":{"delta":23421946,"repository":{"delta":2825448,"delta-map":24768,"size-map":24768},"size":23421946},"label":"20261121-214731F","lsn":{"start":"0/2000028","stop":"1/2000120"},"prior":null,"reference":null,"timestamp":{"start":1795297651,"stop":1795297655},"type":"full"}],"cipher":"aes-256-cbc","db":[{"id":1,"repo-key":1,"system-id":7710744521642577945,"version":"17"}],"name":"home","repo":[{"cipher":"aes-256-cbc","key":1,"status":{"code":0,"message":"ok"}}],"status":{"code":0,"lock":{"backup":{"held":false}},"message":"ok"}}]`;
const ok = (text: string) => ({ exitCode: 0, text });

test("base backups are read with their times, place and timeline, and a system identifier keeps all its digits", () => {
  expect(parseInfo(ok(printed))).toEqual({
    clusters: [{ id: 1, systemId: "7710744521642577945", version: "17" }],
    backups: [
      {
        label: "20261121-214731F",
        full: true,
        startedAt: 1_795_297_651_000,
        stoppedAt: 1_795_297_655_000,
        timeline: 10,
        stopLsn: 0x1_0200_0120n,
        databaseId: 1,
        sizeBytes: 23_421_946,
        addedBytes: 2_825_448,
      },
    ],
  });
});

test("a bucket without an archive is an empty one, and one that can't be read is an error with its cure", () => {
  const status = (code: number, message: string) => ok(JSON.stringify([{ name: "home", repo: [{ status: { code, message } }], status: { code, message } }]));
  expect(parseInfo(status(1, "missing stanza path"))).toEqual({ clusters: [], backups: [] });
  expect(() => parseInfo(status(99, "[CryptoError] unable to load info file"))).toThrow(expect.objectContaining({ code: "backup.wrong-key" }));
  expect(() => parseInfo(ok("oops"))).toThrow(expect.objectContaining({ code: "backup.tool-failed" }));
});

test("a base backup whose files were damaged while it was made is not used", () => {
  expect(parseInfo(ok(printed.replace('"error":false', '"error":true'))).backups).toEqual([]);
});

test("timelines are read from the names and times of their histories, parents with where they were left", () => {
  const listed =
    '{"00000002.history":{"type":"file","size":80,"time":1795298653},"0000000B.history":{"type":"file","size":1,"time":1795298700},"other":{"type":"path"}}';
  expect(parseTimelineTimes(ok(listed))).toEqual([
    { id: 2, since: 1_795_298_653_000 },
    { id: 11, since: 1_795_298_700_000 },
  ]);
  expect(parseHistory(ok("1\t0/502C838\tbefore 2026-11-21 22:03:55+00\n2\t1/A0\tno recovery target specified"))).toEqual([
    { id: 1, until: parseLsn("0/502C838") },
    { id: 2, until: 0x1_0000_00a0n },
  ]);
});

test("a report is what was said and the exit code; one that was cut off is not taken for one", () => {
  expect(parseReport("two\nlines\n\nexit 55\n")).toEqual({ exitCode: 55, text: "two\nlines" });
  expect(() => parseReport("two\nlines\n")).toThrow(/cut off/);
});

test.each([
  ["ERROR: [049]: unable to connect to 'bucket:4444'", "backup.bucket-away"],
  ["ERROR: [101]: HTTP request failed with 503 (Service Unavailable)", "backup.bucket-away"],
  ["ERROR: [039]: HTTP request failed with 403 (Forbidden)", "backup.bucket-refused"],
  ["ERROR: [050]: unable to acquire lock on file", "backup.busy"],
  ["ERROR: [082]: WAL segment 000000010000000000000003 was not archived before the 60000ms timeout", "backup.archive-stalled"],
  ["ERROR: [055]: unable to load info file '/wal/backup/home/backup.info'", "backup.repository-missing"],
  ["FATAL:  recovery ended before configured recovery target was reached", "backup.bad-target"],
  ["FormatError: key/value found outside of section at line 1: h`[Rgu", "backup.wrong-key"],
  // What is not known to be damaged must not be passed over for the dumps.
  ['FATAL:  could not restore file "000000010000000000000004" from archive: child process exited with exit code 200', "backup.tool-failed"],
  ["ERROR: [103]: unable to find a valid repository", "backup.bucket-away"],
  ["ERROR: [103]: unable to find a valid repository\n  repo1: [CryptoError] cipher header invalid", "backup.wrong-key"],
  ["ERROR: [026]: error restoring '/data/cluster.restoring/base/5/1': actual checksum does not match", "backup.archive-broken"],
  ['ERROR: [049]: unable to connect\nFATAL:  could not restore file "000000010000000000000004" from archive', "backup.bucket-away"],
  ["FATAL:  requested timeline 3 is not a child of this server's history", "backup.archive-broken"],
  ["ERROR: [064]: unable to write '/data/cluster.restoring/base/5/1': [28] No space left on device", "backup.disk-full"],
  ["something new", "backup.tool-failed"],
])("%s means %s", (text, code) => {
  expect(archiveFailure("It failed", text)).toMatchObject({ code, message: expect.stringContaining("It failed: ") });
});
