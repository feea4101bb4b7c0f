import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import { z } from "zod";
import type { Parts } from "../parts.ts";
import { archiveFormats, archiveOf } from "../files/archive.ts";
import { nameOf } from "../files/content-headers.ts";
import { clean } from "../files/inside.ts";
import { foldersOf, makeFolders, uploadsFolder, type JobFolders } from "../files/job-folders.ts";
import { stage } from "../files/staging.ts";
import { bringBack, moveAside } from "../files/trash.ts";
import { makeFolder, moveEntry, placeFile } from "../files/writes.ts";
import { requireJob } from "../store/jobs.ts";
import { jobParams } from "./jobs.ts";

const path = z.string().max(4_096);
export const pathQuery = z.object({ path: path.min(1) });
export const folderBody = z.strictObject({ path: path.min(1) });
export const renameBody = z.strictObject({ from: path.min(1), to: path.min(1) });
export const undoBody = z.strictObject({ undo: z.uuid() });
export const archiveQuery = z.object({ path: path.default(""), format: z.enum(archiveFormats).default("zip") });
const bodyBytes = 20_000;

/** The folders of a job that was asked for; made, where it has not started yet. */
async function workspaceOf({ pool, settings }: Parts, params: unknown): Promise<{ jobId: string; folders: JobFolders }> {
  const { id } = await requireJob(pool, parseInput(jobParams, params).id);
  const folders = foldersOf(settings.JOBS_DIR, id);
  await makeFolders(folders);
  return { jobId: id, folders };
}

/** What changes a workspace: a job may be at work in it all the while, so each change is one step that it sees whole or not at all. */
export function fileChangeRoutes(parts: Parts): Router {
  const { pool, settings, log } = parts;
  const router = Router();
  router.put("/:id/files/content", async (request, response) => {
    const { path } = parseInput(pathQuery, request.query);
    const { jobId, folders: to } = await workspaceOf(parts, request.params);
    const announced = request.get("content-length");
    const staged = await stage(request, {
      path: join(uploadsFolder(settings.JOBS_DIR), `${randomUUID()}.part`),
      limitBytes: settings.FILE_LIMIT_MB * 1_048_576,
      announcedBytes: announced === undefined ? undefined : Number(announced),
    });
    try {
      const { entry, created } = await placeFile(to.workspace, path, staged.path);
      log.info("file.written", { jobId, sizeBytes: staged.sizeBytes });
      response.status(created ? 201 : 200).json(entry);
    } finally {
      await rm(staged.path, { force: true });
    }
  });
  router.post("/:id/files/folder", jsonBody(bodyBytes), async (request, response) => {
    const { path } = parseInput(folderBody, request.body);
    response.status(201).json(await makeFolder((await workspaceOf(parts, request.params)).folders.workspace, path));
  });
  router.post("/:id/files/rename", jsonBody(bodyBytes), async (request, response) => {
    const { from, to } = parseInput(renameBody, request.body);
    response.json(await moveEntry((await workspaceOf(parts, request.params)).folders.workspace, from, to));
  });
  router.delete("/:id/files", async (request, response) => {
    const { path } = parseInput(pathQuery, request.query);
    const { jobId, folders: of } = await workspaceOf(parts, request.params);
    const undo = randomUUID();
    await moveAside(pool, of, { id: undo, jobId, path });
    log.info("file.deleted", { jobId, undo });
    response.json({ undo });
  });
  router.post("/:id/files/undo", jsonBody(bodyBytes), async (request, response) => {
    const { undo } = parseInput(undoBody, request.body);
    const { jobId, folders: of } = await workspaceOf(parts, request.params);
    response.json(await bringBack(pool, of, { id: undo, jobId }));
  });
  router.get("/:id/files/archive", async (request, response) => {
    const { path, format } = parseInput(archiveQuery, request.query);
    const { jobId, folders: of } = await workspaceOf(parts, request.params);
    const left = new AbortController();
    response.once("close", () => left.abort());
    const archive = await archiveOf(of.workspace, path, format, left.signal);
    response.set(archiveHeaders(`${basename(clean(path)) || `job-${jobId.slice(-12)}`}.${format}`));
    // A reader must see what breaks off as broken, not as a short archive.
    await pipeline(archive, response).catch(() => response.destroy());
  });
  return router;
}

const archiveHeaders = (name: string) => ({
  "content-type": name.endsWith(".zip") ? "application/zip" : "application/gzip",
  "content-disposition": `attachment; ${nameOf(name)}`,
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
});
