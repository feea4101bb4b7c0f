import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { takeLock } from "./lock.ts";
import { run } from "./process.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "process-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const shell = (script: string, more = {}) => run({ program: "sh", args: ["-c", script], timeoutMs: 10_000, ...more });

test("an exit code is an outcome, with what the program said and complained about", async () => {
  expect(await shell("echo out; echo first >&2; echo last >&2; exit 7")).toEqual({ exitCode: 7, stdout: "out\n", stderr: "first\nlast", timedOut: false });
});

test("a child sees the given variables and none of this process's", async () => {
  process.env["FREEHOLD_LEAK"] = "leaked";
  expect((await shell('echo "$GIVEN/$FREEHOLD_LEAK"', { env: { GIVEN: "given" } })).stdout).toBe("given/\n");
});

test("of many complaints the last are kept", async () => {
  const { stderr } = await shell("seq 1 1000 >&2");
  expect(stderr.split("\n").at(0)).toBe("961");
});

test("a program whose time is up is ended, also when it ignores the polite way", async () => {
  expect(await shell("exec sleep 60", { timeoutMs: 50 })).toMatchObject({ timedOut: true });
  expect(await shell("trap '' TERM; while :; do sleep 0.05; done", { timeoutMs: 50 })).toMatchObject({ timedOut: true, exitCode: 128 });
}, 15_000);

test("a program is ended when a line it complains about says that it is hopeless", async () => {
  expect(await shell("echo hopeless >&2; exec sleep 60", { onErrorLine: (line: string) => (line === "hopeless" ? "stop" : undefined) })).toMatchObject({
    timedOut: true,
    stderr: "hopeless",
  });
});

test("stopping the service ends its programs and says so", async () => {
  const stop = new AbortController();
  const running = shell("exec sleep 60", { signal: stop.signal });
  stop.abort();
  await expect(running).rejects.toMatchObject({ code: "backup.stopped", retryable: true });
  await expect(shell("true", { signal: stop.signal })).rejects.toMatchObject({ code: "backup.stopped" });
});

test("a program that is not installed is named", async () => {
  await expect(run({ program: "no-such-program", args: [], timeoutMs: 1_000 })).rejects.toMatchObject({
    code: "backup.tool-failed",
    message: expect.stringContaining("no-such-program is not installed"),
  });
});

test("a lock is held by one only, and again free after its release", async () => {
  const path = join(folder, "deep", "lock");
  const lock = await takeLock(path);
  await expect(takeLock(path)).rejects.toMatchObject({ code: "backup.busy", status: 409 });
  await lock.release();
  await (await takeLock(path)).release();
});

test("a lock stays taken as long as a program that it was lent to still runs", async () => {
  const path = join(folder, "lent");
  const lock = await takeLock(path);
  const stop = new AbortController();
  const orphan = shell("exec sleep 60", { keepOpen: lock.file, signal: stop.signal });
  await until("the child to hold the file", async () => (await shell(`ls -l /proc/*/fd/3 2>/dev/null | grep -c ${path} || true`)).stdout.trim() !== "0");
  await lock.release();
  await expect(takeLock(path)).rejects.toMatchObject({ code: "backup.busy" });
  stop.abort();
  await orphan.catch(() => undefined);
  await (await takeLock(path)).release();
});
