import { pipeline } from "node:stream/promises";
import { parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import { z } from "zod";
import type { Parts } from "../parts.ts";
import { contentHeaders } from "../files/content-headers.ts";
import { foldersOf } from "../files/job-folders.ts";
import { listDirectory, openFile } from "../files/workspace.ts";
import { fault } from "../errors.ts";
import { requireJob } from "../store/jobs.ts";
import { jobParams } from "./jobs.ts";

const path = z.string().max(4_096);
export const listQuery = z.object({ path: path.default("") });
export const contentQuery = z.object({ path: path.min(1) });
const headBytes = 8_192;

export function fileRoutes({ pool, settings }: Parts): Router {
  const router = Router();
  const workspaceOf = async (params: unknown) => {
    const job = await requireJob(pool, parseInput(jobParams, params).id);
    return { workspace: foldersOf(settings.JOBS_DIR, job.id).workspace, started: job.attempts.length > 0 };
  };
  router.get("/:id/files", async (request, response) => {
    const { workspace, started } = await workspaceOf(request.params);
    const { path } = parseInput(listQuery, request.query);
    const nothingYet = (thrown: unknown) => {
      if (started || path !== "") throw thrown;
      return { path: "", entries: [], truncated: false };
    };
    response.json(await listDirectory(workspace, path).catch(nothingYet));
  });
  router.get("/:id/files/content", async (request, response) => {
    const { workspace } = await workspaceOf(request.params);
    const { path } = parseInput(contentQuery, request.query);
    const { file, sizeBytes, modifiedAt } = await openFile(workspace, path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      response.set({
        ...contentHeaders(path, buffer.subarray(0, bytesRead), bytesRead === sizeBytes),
        "content-length": String(sizeBytes),
        "last-modified": modifiedAt.toUTCString(),
      });
      if (request.method === "HEAD" || sizeBytes === 0) return void response.end();
      await pipeline(file.createReadStream({ start: 0, end: sizeBytes - 1, autoClose: false }), response).catch(() => response.destroy());
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "EISDIR") throw fault("file.not-a-file", `${path} is a directory.`, thrown);
      throw thrown;
    } finally {
      await file.close();
    }
  });
  return router;
}
