import { expect, test } from "@jest/globals";
import { changedAnything, copiedIn, listedPassArguments, listOf, passArguments, skippedIn, touchedIn } from "./rsync.ts";

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
  const said = [
    'rsync: [sender] send_files failed to open "/tenants/ada/home/locked": Permission denied (13)',
    'rsync: [sender] opendir "/tenants/ada/home/a folder" failed: Permission denied (13)',
    'rsync: [sender] readlink_stat("/tenants/ada/home/other") failed: Permission denied (13)',
    "rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1394) [sender=3.5.0]",
  ];
  expect(skippedIn(outcome(23, said.join("\n")), "ada")).toEqual(["/tenants/ada/home/locked", "/tenants/ada/home/a folder", "/tenants/ada/home/other"]);
  expect(() => skippedIn(outcome(12, "protocol error"), "ada")).toThrow(expect.objectContaining({ code: "backup.tool-failed" }));
  expect(() => skippedIn({ ...outcome(0), timedOut: true }, "ada")).toThrow(expect.objectContaining({ code: "backup.overdue" }));
});

test("a copy that could not be written fails the tenant: what is left out there nobody would miss in time", () => {
  const said = 'rsync: [generator] link "/tenants/.stage/ada/home/two" => one failed: Invalid cross-device link (18)';
  expect(() => skippedIn(outcome(23, said), "ada")).toThrow(expect.objectContaining({ code: "backup.tool-failed", message: expect.stringContaining(said) }));
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

test("all that a pass touched is told, folders without their slash, links without their targets, and what went", () => {
  const stdout = ".d..t...... state/\ncL+++++++++ one -> two\n*deleting   gone/\n>f.st...... a file\n.f...p..... odd\\#012name\n";
  expect(touchedIn(outcome(0, "", stdout)).map(String)).toEqual(["state", "one -> two", "gone", "a file", "odd\nname"]);
});

test("a listed pass takes nothing away that it was not told, and takes no path for a comment or an option", () => {
  const args = listedPassArguments("/tenants/ada/home", "/tenants/.stage/ada/home");
  expect(args.filter((argument) => argument.startsWith("--delete"))).toEqual(["--delete-missing-args"]);
  expect(listOf([Buffer.from("#one"), Buffer.from("-two\n")]).toString()).toBe("./#one\0./-two\n\0");
});
