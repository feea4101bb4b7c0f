import { randomUUID } from "node:crypto";
import express, { type Express, type Response } from "express";
import { problem } from "./scripted-services.ts";
import type { ScriptedFile, ScriptedJob } from "./scripted-job.ts";

/** Folders that hold nothing yet have no file that would tell of them. */
const isFolderMark = (path: string) => path.endsWith("/");

/** A job's files: listed, read, written, renamed, deleted and brought back. */
export function serveFiles(app: Express, found: (response: Response) => ScriptedJob): void {
  const deleted = new Map<string, [string, ScriptedFile][]>();
  const under = ({ files }: ScriptedJob, path: string) => [...files].filter(([name]) => name === path || name.startsWith(`${path}/`));
  app.get("/api/jobs/:id/files", (request, response) => void response.json(listFolder(found(response), String(request.query["path"] ?? ""))));
  app.get("/api/jobs/:id/files/content", (request, response) => {
    const path = String(request.query["path"] ?? "");
    const file = found(response).files.get(path);
    if (file === undefined) return problem(response, 404, "file.unknown", `There is no file ${path} in this job's workspace.`);
    response.setHeader("content-type", file.type);
    response.end(file.content);
  });
  app.put("/api/jobs/:id/files/content", express.raw({ type: () => true, limit: "50mb" }), (request, response) => {
    const path = String(request.query["path"] ?? "");
    const { files } = found(response);
    const content = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const isNew = !files.has(path);
    files.set(path, { content, type: "application/octet-stream", modifiedAt: new Date().toISOString() });
    response.status(isNew ? 201 : 200).json({ name: path.split("/").at(-1), type: "file", sizeBytes: content.length, modifiedAt: files.get(path)!.modifiedAt });
  });
  app.post("/api/jobs/:id/files/folder", (request, response) => {
    const { path } = request.body as { path: string };
    const { files } = found(response);
    if (under(found(response), path).length > 0) return problem(response, 409, "file.exists", `There is ${path} already. Choose another name.`);
    files.set(`${path}/`, { content: "", type: "", modifiedAt: new Date().toISOString() });
    response.status(201).json({ name: path.split("/").at(-1), type: "directory", sizeBytes: 0, modifiedAt: new Date().toISOString() });
  });
  app.post("/api/jobs/:id/files/rename", (request, response) => {
    const { from, to } = request.body as { from: string; to: string };
    const job = found(response);
    if (under(job, to).length > 0) return problem(response, 409, "file.exists", `There is ${to} already. Choose another name.`);
    for (const [name, file] of under(job, from)) {
      job.files.delete(name);
      job.files.set(to + name.slice(from.length), file);
    }
    response.json({});
  });
  app.delete("/api/jobs/:id/files", (request, response) => {
    const job = found(response);
    const gone = under(job, String(request.query["path"]));
    for (const [name] of gone) job.files.delete(name);
    const undo = randomUUID();
    deleted.set(undo, gone);
    response.json({ undo });
  });
  app.post("/api/jobs/:id/files/undo", (request, response) => {
    const { undo } = request.body as { undo: string };
    for (const [name, file] of deleted.get(undo) ?? []) found(response).files.set(name, file);
    response.json({});
  });
  app.get("/api/jobs/:id/files/archive", (request, response) => {
    response.setHeader("content-disposition", 'attachment; filename="workspace.zip"');
    response.type("application/zip").end(Buffer.from(`PK of ${String(request.query["path"] ?? "")}`));
  });
}

function listFolder({ files }: ScriptedJob, path: string) {
  const prefix = path === "" ? "" : `${path}/`;
  const entries = new Map<string, object>();
  for (const [name, file] of files) {
    if (!name.startsWith(prefix) || name === prefix) continue;
    const [first = "", ...rest] = name.slice(prefix.length).split("/");
    const isFolder = rest.length > 0 || isFolderMark(name);
    entries.set(first, {
      name: first,
      type: isFolder ? "directory" : "file",
      sizeBytes: isFolder ? 0 : Buffer.byteLength(file.content),
      modifiedAt: file.modifiedAt,
    });
  }
  return { path, entries: [...entries.values()] };
}
