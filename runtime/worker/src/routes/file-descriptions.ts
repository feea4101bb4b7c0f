import type { RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import type { Entry, Listing } from "../files/workspace.ts";
import { contentQuery, listQuery } from "./files.ts";
import { time } from "./job-answers.ts";
import { jobParams } from "./jobs.ts";

const tag = "Files";

export const entryAnswer: z.ZodType<Entry> = z
  .object({ name: z.string(), type: z.enum(["file", "directory", "symlink"]), sizeBytes: z.int(), modifiedAt: time })
  .meta({ id: "FileEntry" });
const listing: z.ZodType<Listing> = z.object({ path: z.string(), entries: z.array(entryAnswer), truncated: z.boolean() });
export const reading = ["job.unknown", "file.unknown", "file.outside", "file.unreadable", "file.bad-path"];

export const fileDescriptions: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/api/jobs/:id/files",
    operation: "listFiles",
    summary: "List a folder of a job's workspace",
    tag,
    params: jobParams,
    query: listQuery,
    answers: {
      200: { description: "At most 1,000 entries", body: listing },
    },
    errors: [...reading, "file.not-a-directory"],
  },
  {
    method: "get",
    path: "/api/jobs/:id/files/content",
    operation: "readFile",
    summary: "Read a file of a job's workspace",
    description: "Text and images come as they are, all else as a download; nothing that a browser would run.",
    tag,
    params: jobParams,
    query: contentQuery,
    answers: { 200: { description: "The file", type: "*/*", body: z.string().meta({ format: "binary" }) } },
    errors: [...reading, "file.not-a-file"],
  },
];
