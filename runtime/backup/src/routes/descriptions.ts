import { renderOpenApi, type OpenApiDocument, type RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { errorCodes } from "../errors.ts";
import type { Snapshot } from "../restic-output.ts";

const snapshot: z.ZodType<Snapshot> = z
  .object({
    id: z.string(),
    createdAt: z.iso.datetime(),
    sizeBytes: z.number(),
    addedBytes: z.number(),
    files: z.number(),
    durationMs: z.number(),
    databases: z.array(z.string()),
    pauseMs: z.number(),
  })
  .meta({ id: "Snapshot" });
const lastError = z.object({ code: z.string(), message: z.string(), at: z.iso.datetime() }).nullable();

export const descriptions: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/backups",
    operation: "createBackup",
    summary: "Take a snapshot now",
    description: "The answer comes when the snapshot is in the bucket.",
    tag: "Backups",
    answers: { 201: { description: "The snapshot", body: snapshot } },
  },
  {
    method: "get",
    path: "/backups",
    operation: "listBackups",
    summary: "List the snapshots in the bucket, newest first",
    tag: "Backups",
    answers: {
      200: {
        description: "The snapshots, and how the service fares",
        body: z.object({ snapshots: z.array(snapshot), lastError, running: z.boolean(), nextRunAt: z.iso.datetime().nullable() }),
      },
    },
  },
];

/** Every route asks restic, which may fail in any of the ways that the table names. */
export const openApiDocument = (): OpenApiDocument =>
  renderOpenApi({
    title: "Backup",
    description: "Snapshots of the home.",
    routes: descriptions,
    errors: errorCodes,
    everywhere: Object.keys(errorCodes),
  });
