import { randomUUID } from "node:crypto";
import { parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import { z } from "zod";
import { newNamesOf } from "../files/names.ts";
import { storeUpload } from "../inputs/uploads.ts";
import type { Parts } from "../parts.ts";

export const query = z.object({ name: z.string().min(1).max(1_000).default("file") });

export function uploadRoutes({ pool, settings, log }: Parts): Router {
  const router = Router();
  router.post("/", async (request, response) => {
    // Browsers send a folder's files with their path; the name is its end.
    const name = newNamesOf(parseInput(query, request.query).name).at(-1) ?? "file";
    const announced = request.get("content-length");
    const upload = await storeUpload(pool, settings.JOBS_DIR, {
      id: randomUUID(),
      name,
      content: request,
      limitBytes: settings.FILE_LIMIT_MB * 1_048_576,
      announcedBytes: announced === undefined ? undefined : Number(announced),
    });
    log.info("upload.stored", { uploadId: upload.id, sizeBytes: upload.sizeBytes });
    response.status(201).json(upload);
  });
  return router;
}
