import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import type { RunningWorker } from "./worker-place.ts";

/** A folder that no workspace may reach, with a file that would be missed. */
export async function makeOutside(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), `freehold-test-outside-${randomUUID().slice(0, 8)}`));
  await writeFile(join(folder, "secret.txt"), "secret");
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

/** Such a folder for the tests of a file. */
export function withOutside() {
  let made: Awaited<ReturnType<typeof makeOutside>> | undefined;
  beforeAll(async () => {
    made = await makeOutside();
  });
  afterAll(() => made?.remove());
  return {
    get folder() {
      return made!.folder;
    },
    async unharmed() {
      expect(await readdir(made!.folder)).toEqual(["secret.txt"]);
      expect(await readFile(join(made!.folder, "secret.txt"), "utf8")).toBe("secret");
    },
  };
}

/** The file routes of one job. */
export function filesOf(worker: RunningWorker, jobId: string) {
  const query = (path: string) => `?path=${encodeURIComponent(path)}`;
  const route = `/api/jobs/${jobId}/files`;
  return {
    put: (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
      fetch(`${worker.url}${route}/content${query(path)}`, {
        method: "PUT",
        headers: { authorization: "Bearer worker-token", ...headers },
        body: body as string,
      }),
    read: (path: string) => worker.call("GET", `${route}/content${query(path)}`),
    list: (path = "") => worker.call("GET", `${route}${query(path)}`),
    folder: (path: string) => worker.call("POST", `${route}/folder`, { path }),
    rename: (from: string, to: string) => worker.call("POST", `${route}/rename`, { from, to }),
    delete: (path: string) => worker.call("DELETE", `${route}${query(path)}`),
    undo: (undo: string) => worker.call("POST", `${route}/undo`, { undo }),
    archive: (path: string, format: string) => worker.call("GET", `${route}/archive${query(path)}&format=${format}`),
  };
}
