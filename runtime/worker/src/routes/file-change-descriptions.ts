import type { RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import type { PlacedEntry } from "../files/writes.ts";
import type { Upload } from "../inputs/uploads.ts";
import { archiveQuery, folderBody, pathQuery, renameBody, undoBody } from "./file-changes.ts";
import { reading } from "./file-descriptions.ts";
import { time } from "./job-answers.ts";
import { jobParams } from "./jobs.ts";
import { query } from "./uploads.ts";

const tag = "Files";
const placed: z.ZodType<PlacedEntry> = z
  .object({ path: z.string(), name: z.string(), type: z.enum(["file", "directory", "symlink"]), sizeBytes: z.int(), modifiedAt: time })
  .meta({ id: "PlacedFile" });
const upload: z.ZodType<Upload> = z.object({ id: z.uuid(), name: z.string(), sizeBytes: z.int(), sha256: z.string() }).meta({ id: "Upload" });
const bytes = { type: "application/octet-stream", description: "The file's bytes" };
const changing = [...reading, "file.exists", "file.not-a-directory", "file.no-space"];

export const fileChangeDescriptions: readonly RouteDescription[] = [
  {
    method: "put",
    path: "/api/jobs/:id/files/content",
    operation: "writeFile",
    summary: "Write a file of a job's workspace",
    tag,
    params: jobParams,
    query: pathQuery,
    body: bytes,
    answers: { 201: { description: "The new file", body: placed }, 200: { description: "The file, in place of the earlier one", body: placed } },
    errors: [...changing, "file.not-a-file", "file.too-large"],
  },
  {
    method: "post",
    path: "/api/jobs/:id/files/folder",
    operation: "makeFolder",
    summary: "Make a folder in a job's workspace",
    tag,
    params: jobParams,
    body: folderBody,
    answers: { 201: { description: "The folder", body: placed } },
    errors: changing,
  },
  {
    method: "post",
    path: "/api/jobs/:id/files/rename",
    operation: "renameFile",
    summary: "Rename or move a file or folder",
    tag,
    params: jobParams,
    body: renameBody,
    answers: { 200: { description: "It, at its new place", body: placed } },
    errors: changing,
  },
  {
    method: "delete",
    path: "/api/jobs/:id/files",
    operation: "deleteFile",
    summary: "Delete a file or folder, with a way back",
    tag,
    params: jobParams,
    query: pathQuery,
    answers: { 200: { description: "What brings it back", body: z.object({ undo: z.uuid() }) } },
    errors: changing,
  },
  {
    method: "post",
    path: "/api/jobs/:id/files/undo",
    operation: "undeleteFile",
    summary: "Bring a deleted file or folder back",
    tag,
    params: jobParams,
    body: undoBody,
    answers: { 200: { description: "It, where it was", body: placed } },
    errors: [...changing, "file.undo-unknown"],
  },
  {
    method: "get",
    path: "/api/jobs/:id/files/archive",
    operation: "archiveFiles",
    summary: "Download a folder, or all of a job's workspace",
    tag,
    params: jobParams,
    query: archiveQuery,
    answers: { 200: { description: "The archive", type: ["application/zip", "application/gzip"], body: z.string().meta({ format: "binary" }) } },
    errors: [...reading, "file.not-a-directory", "file.too-many"],
  },
  {
    method: "post",
    path: "/api/uploads",
    operation: "upload",
    summary: "Upload a file for jobs to come",
    tag,
    query,
    body: bytes,
    answers: { 201: { description: "The upload", body: upload } },
    errors: ["file.bad-path", "file.too-large", "file.no-space"],
  },
];
