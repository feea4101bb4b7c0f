import { expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import { confined, createConfinement } from "./confinement.ts";

test("a confined program is told what it may read and write, and none of its own words can become one of the rules", () => {
  const { program, args } = confined(
    { program: "rsync", args: ["--archive", "--", "/tenants/ada/home/", "/stage/"] },
    { read: ["/tenants/ada/home"], write: ["/stage"] },
  );
  expect(program).toBe("setpriv");
  expect(args).toEqual(expect.arrayContaining(["--no-new-privs", "fs", "path-beneath:read-file,read-dir:/tenants/ada/home"]));
  expect(args.find((one) => one.endsWith(":/stage"))).toContain("make-sym,refer");
  expect(args.slice(args.indexOf("rsync") - 1)).toEqual(["--", "rsync", "--archive", "--", "/tenants/ada/home/", "/stage/"]);
});

test("where confining can't be done it is off, and that is no failure", async () => {
  expect(typeof (await createConfinement(silentLog).isOn())).toBe("boolean");
});
