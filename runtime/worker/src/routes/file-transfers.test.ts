import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import { problem, withWorker } from "../testing/worker-scene.ts";
import { withOutside } from "../testing/files-place.ts";

const scene = withWorker({ JOB_SLOTS: "50", FILE_LIMIT_MB: "2" });
const outside = withOutside();
const { running, parts } = scene;

test("[F1] a file over the limit is refused, announced or not, and leaves nothing", async () => {
  const { workspace, files } = await running();
  expect(await problem(await files.put("big", new Uint8Array(2 * 1_048_576 + 1)))).toMatchObject({ status: 413, code: "file.too-large" });
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
  const response = await fetch(`${scene.worker.url}/api/jobs/${workspace.split("/").at(-2)}/files/content?path=endless`, {
    method: "PUT",
    headers: { authorization: "Bearer worker-token" },
    body: endless,
    duplex: "half",
  }).catch(() => undefined);
  if (response !== undefined) expect(response.status).toBe(413);
  expect((await files.put("just", new Uint8Array(2 * 1_048_576))).status).toBe(201);
  expect(await readdir(workspace)).toEqual(["just"]);
  await until("nothing to be left over", async () => (await parts()).length === 0);
});

test("[F1] an upload that breaks off leaves the earlier file as it was", async () => {
  const { id, workspace, files } = await running();
  await files.put("file", "whole");
  const { port } = new URL(scene.worker.url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(
    `PUT /api/jobs/${id}/files/content?path=file HTTP/1.1\r\nhost: x\r\nauthorization: Bearer worker-token\r\ncontent-length: 100000\r\n\r\n${"x".repeat(5_000)}`,
  );
  await until("the upload to have begun", async () => (await parts()).length === 1);
  socket.destroy();
  await until("the part to be gone", async () => (await parts()).length === 0);
  expect(await readFile(join(workspace, "file"), "utf8")).toBe("whole");
});

test("[F1] a folder is downloaded as a zip and as a tar.gz with the same files, symlinks as symlinks", async () => {
  const { workspace, files } = await running();
  const target = await mkdtemp(join(tmpdir(), "freehold-test-archive-"));
  await mkdir(join(workspace, "out/empty"), { recursive: true });
  const random = randomBytes(300_000);
  await writeFile(join(workspace, "out/random"), random);
  await writeFile(join(workspace, "out/ünïcode 'quoted'.txt"), "text");
  await writeFile(join(workspace, "out/nothing"), "");
  await symlink(join(outside.folder, "secret.txt"), join(workspace, "out/link"));
  for (const format of ["zip", "tar.gz"]) {
    const response = await files.archive("out", format);
    expect([response.status, response.headers.get("content-disposition")]).toEqual([200, expect.stringContaining(`out.${format}`)]);
    await writeFile(join(target, format), Buffer.from(await response.arrayBuffer()));
    const unpacked = join(target, `${format}-unpacked`);
    await mkdir(unpacked);
    if (format === "zip") execFileSync("python3", ["-m", "zipfile", "-e", join(target, format), unpacked]);
    else execFileSync("tar", ["-xzf", join(target, format), "-C", unpacked]);
    expect((await readdir(unpacked)).toSorted()).toEqual(["empty", "link", "nothing", "random", "ünïcode 'quoted'.txt"].toSorted());
    expect((await readFile(join(unpacked, "random"))).equals(random)).toBe(true);
    expect(await readFile(join(unpacked, "ünïcode 'quoted'.txt"), "utf8")).toBe("text");
  }
  // Python's zipfile writes a symlink's target as text: what was packed is the path, never what lies there.
  expect(await readFile(join(target, "zip-unpacked/link"), "utf8")).toBe(join(outside.folder, "secret.txt"));
  expect(await readlink(join(target, "tar.gz-unpacked/link"))).toBe(join(outside.folder, "secret.txt"));
  expect(await problem(await files.archive("out/random", "zip"))).toMatchObject({ status: 400, code: "file.not-a-directory" });
  expect(await problem(await files.archive("out/random", "tar.gz"))).toMatchObject({ status: 400, code: "file.not-a-directory" });
  expect(await problem(await files.archive("out", "rar"))).toMatchObject({ status: 400, code: "request.invalid" });
  await rm(target, { recursive: true });
});

test("a reader who leaves an archive in the middle leaves no process and no open file behind", async () => {
  const { workspace, files } = await running();
  await writeFile(join(workspace, "large"), randomBytes(30_000_000));
  const open = async () => (await readdir("/proc/self/fd")).length;
  const children = () =>
    execFileSync("ps", ["--ppid", String(process.pid), "-o", "comm="], { encoding: "utf8" })
      .split("\n")
      .filter((name) => name === "tar").length;
  const before = await open();
  for (const format of ["zip", "tar.gz"]) {
    const response = await files.archive("", format);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
  }
  await until("tar to be gone", () => children() === 0);
  await until("all to be closed", async () => (await open()) <= before + 6);
});
