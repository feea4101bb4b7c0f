import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningWorker } from "./worker-place.ts";

/** A folder that no workspace may reach, with a file that would be missed. */
export async function makeOutside(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), `freehold-test-outside-${randomUUID().slice(0, 8)}`));
  await writeFile(join(folder, "secret.txt"), "secret");
  return { folder, remove: () => rm(folder, { recursive: true }) };
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
