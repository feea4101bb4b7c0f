import { expect, test } from "@jest/globals";
import { changedAnything, copiedIn, passArguments, skippedIn } from "./rsync.ts";

const outcome = (exitCode: number, stderr = "", stdout = "") => ({ exitCode, stderr, stdout, timedOut: false });

test("a pass compares to the nanosecond, leaves out what must not be restored, keeps write-ahead logs, and takes no path for an option", () => {
  const args = passArguments("/tenants/ada/home", "/tenants/.stage/ada/home");
  expect(args).toEqual(
    expect.arrayContaining(["--modify-window=-1", "--exclude=*-shm", "--exclude=/cache/", "--exclude=/tmp/", "--delete", "--ignore-errors"]),
  );
  expect(args.join(" ")).not.toContain("-wal");
  expect(args.slice(-3)).toEqual(["--", "/tenants/ada/home/", "/tenants/.stage/ada/home/"]);
});

test("unreadable and vanished files are left out and named; all else fails the tenant", () => {
  expect(skippedIn(outcome(24), "ada")).toEqual([]);
  expect(skippedIn(outcome(23, 'rsync: [sender] send_files failed to open "/tenants/ada/home/locked" failed: Permission denied (13)'), "ada")).toHaveLength(1);
  expect(() => skippedIn(outcome(12, "protocol error"), "ada")).toThrow(expect.objectContaining({ code: "backup.tool-failed" }));
  expect(() => skippedIn({ ...outcome(0), timedOut: true }, "ada")).toThrow(expect.objectContaining({ code: "backup.overdue" }));
});

test.each([11, 23])("no space on the volume is told as such, whichever code rsync ends with (%i)", (code) => {
  expect(() => skippedIn(outcome(code, 'rsync: write failed on "/x": No space left on device (28)'), "ada")).toThrow(
    expect.objectContaining({ code: "backup.disk-full" }),
  );
});

test("a home that is gone is a tenant that is unknown", () => {
  const stderr = 'rsync: [sender] change_dir "/tenants/ada/home" failed: No such file or directory (2)';
  expect(() => skippedIn(outcome(23, stderr), "ada")).toThrow(expect.objectContaining({ code: "backup.unknown-tenant" }));
});

test("the files that a pass copied are read from its list, also those whose names are no text", () => {
  const stdout = ">f.st...... state/a file\n>f+++++++++ odd\\#012name\\#377\n.d..t...... state/\n*deleting   gone\n";
  expect(copiedIn(outcome(0, "", stdout))).toEqual([Buffer.from("state/a file"), Buffer.concat([Buffer.from("odd\nname"), Buffer.from([0xff])])]);
  expect(changedAnything(outcome(0, "", stdout))).toBe(true);
  expect(changedAnything(outcome(0))).toBe(false);
});
