import { mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { problem, withWorker } from "../testing/worker-scene.ts";
import { withOutside } from "../testing/files-place.ts";

const scene = withWorker({ JOB_SLOTS: "50" });
const outside = withOutside();
const { running, parts } = scene;

const names = {
  "with a line break": "a\nb",
  "with a tab": "a\tb",
  "that turns the reading direction": "gpj\u202eexe.sh",
  "with a NUL": "a\0b",
  "of 256 bytes": "x".repeat(256),
  "of 255 characters and 510 bytes": "ü".repeat(255),
  "that goes up": "a/../../x",
  "that only goes up": "..",
  "that is the workspace": "/",
  "that is a dot": "./x",
  "deeper than a hundred folders": "d/".repeat(101),
};

test.each(Object.entries(names))("[F1] a new name %s is refused, whatever makes it", async (_what, name) => {
  const { workspace, files } = await running();
  await writeFile(join(workspace, "here"), "");
  for (const response of [await files.put(name, "x"), await files.folder(name), await files.rename("here", name)])
    expect(await problem(response)).toMatchObject({ status: 400, code: name.includes("\0") ? "request.invalid" : "file.bad-path" });
  expect(await readdir(workspace)).toEqual(["here"]);
  expect(await parts()).toEqual([]);
});

test("names of 255 bytes, right-to-left scripts, quotes, percent signs and emoji are taken as they are", async () => {
  const { workspace, files } = await running();
  const odd = ["x".repeat(255), "ü".repeat(127), "שלום עולם.txt", "تقرير.md", `it's "100%" <b>&\\n`, "🙂.txt", "-rf", " lead and trail ", "#?&=+"];
  for (const name of odd) expect([name, (await files.put(name, name)).status]).toEqual([name, 201]);
  expect((await readdir(workspace)).toSorted()).toEqual(odd.toSorted());
  for (const name of odd) expect(await (await files.read(name)).text()).toBe(name);
});

test("a name that a job has made with a line break or a turned direction can be renamed, deleted and brought back", async () => {
  const { workspace, files } = await running();
  for (const name of ["a\nb", "x\u202ey"]) {
    await writeFile(join(workspace, name), "odd");
    const { undo } = (await (await files.delete(name)).json()) as { undo: string };
    expect(await readdir(workspace)).toEqual([]);
    expect((await files.undo(undo)).status).toBe(200);
    expect((await files.rename(name, "plain")).status).toBe(200);
    await rm(join(workspace, "plain"));
  }
});

test("[F1] what leads out of the workspace by a symlink is refused for every change, and nothing out there changes", async () => {
  const { workspace, files } = await running();
  await writeFile(join(workspace, "mine"), "mine");
  await symlink(outside.folder, join(workspace, "folder"));
  await symlink(join(outside.folder, "secret.txt"), join(workspace, "file"));
  await symlink(join(outside.folder, "not-yet"), join(workspace, "dangling"));
  const refused = [
    await files.put("folder/new.txt", "x"),
    await files.put("folder/secret.txt", "x"),
    await files.put("file", "x"),
    await files.folder("folder/new"),
    await files.rename("mine", "folder/mine"),
    await files.rename("folder/secret.txt", "stolen"),
    await files.delete("folder/secret.txt"),
    await files.archive("folder", "zip"),
    await files.archive("folder", "tar.gz"),
  ];
  for (const response of refused) expect(await problem(response)).toMatchObject({ status: 403, code: "file.outside" });
  // A symlink to nothing is replaced by the file itself.
  expect((await files.put("dangling", "inside")).status).toBe(200);
  expect(await readFile(join(workspace, "dangling"), "utf8")).toBe("inside");
  await outside.unharmed();
});

test("a symlink itself is renamed and deleted, not what it names, and one that stays inside is written through", async () => {
  const { workspace, files } = await running();
  await mkdir(join(workspace, "real"));
  await writeFile(join(workspace, "real/file"), "old");
  await symlink("real", join(workspace, "link"));
  await symlink("real/file", join(workspace, "alias"));
  expect((await files.put("alias", "new")).status).toBe(200);
  expect([await readFile(join(workspace, "real/file"), "utf8"), await readlink(join(workspace, "alias"))]).toEqual(["new", "real/file"]);
  expect((await files.put("link/second", "2")).status).toBe(201);
  expect((await files.rename("link", "other")).status).toBe(200);
  expect((await files.delete("other")).status).toBe(200);
  expect((await readdir(join(workspace, "real"))).toSorted()).toEqual(["file", "second"]);
});

test("[F1] a job that keeps exchanging a folder for a symlink never has anything changed outside", async () => {
  const { workspace, files } = await running();
  await mkdir(join(workspace, "real"));
  await symlink(outside.folder, join(workspace, "trap"));
  const swapping = new AbortController();
  const swapper = (async () => {
    while (!swapping.signal.aborted) {
      await rename(join(workspace, "real"), join(workspace, "aside")).catch(() => undefined);
      await rename(join(workspace, "trap"), join(workspace, "real")).catch(() => undefined);
      await rename(join(workspace, "real"), join(workspace, "trap")).catch(() => undefined);
      await rename(join(workspace, "aside"), join(workspace, "real")).catch(() => undefined);
    }
  })();
  const statuses = new Set<number>();
  for (let round = 0; round < 60; round++) {
    const responses = await Promise.all([
      files.put("real/a", "x"),
      files.folder(`real/f${round}`),
      files.delete("real/secret.txt"),
      files.rename("real/secret.txt", `got${round}`),
    ]);
    for (const response of responses) statuses.add(response.status);
  }
  swapping.abort();
  await swapper;
  expect([...statuses].filter((status) => status >= 500)).toEqual([]);
  expect((await readdir(workspace)).filter((name) => name.startsWith("got"))).toEqual([]);
  await outside.unharmed();
}, 60_000);
