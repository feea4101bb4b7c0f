import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Failure } from "../failure.ts";
import type { HomeClient } from "../home-client.ts";
import { jobIdOf } from "./job.ts";

interface Remote {
  job: string;
  path: string;
}

const archives = [
  [".zip", "zip"],
  [".tar.gz", "tar.gz"],
  [".tgz", "tar.gz"],
] as const;

/** `JOB:path` names a file of a job; all else is a file here. */
function remoteOf(text: string): Remote | undefined {
  const [, job, path] = /^(last|[0-9a-f-]{36}):(.*)$/is.exec(text) ?? [];
  return job === undefined || path === undefined ? undefined : { job, path: path.replace(/^\/+/, "") };
}

/** Copies a file to or from a job's workspace, or a folder of it into an archive here. Answers with what was done. Throws: Failure. */
export async function copy(home: HomeClient, from: string, to: string): Promise<string> {
  const [source, target] = [remoteOf(from), remoteOf(to)];
  if (source !== undefined && target === undefined) return download(home, source, to);
  if (source === undefined && target !== undefined) return upload(home, from, target);
  throw new Failure(
    "One side must be a file of a job, and the other one a file here.",
    "Write jobs cp JOB:notes.md . or jobs cp notes.md JOB:notes.md; last is the newest job.",
  );
}

async function download(home: HomeClient, { job, path }: Remote, to: string): Promise<string> {
  const id = await jobIdOf(home, job);
  const format = archives.find(([ending]) => to.endsWith(ending) && !path.endsWith(ending))?.[1];
  const route = format === undefined ? `content?path=${encodeURIComponent(path)}` : `archive?path=${encodeURIComponent(path)}&format=${format}`;
  const { body } = await home.send("GET", `/api/jobs/${id}/files/${route}`, { bodyTimeout: 60_000 });
  if (to === "-") {
    await pipeline(body, process.stdout, { end: false });
    return "";
  }
  const target = (await isFolder(to)) ? join(to, basename(path) || "workspace") : to;
  // A copy that breaks off leaves the old file as it was.
  const part = `${target}.${process.pid}.part`;
  try {
    await pipeline(body, createWriteStream(part));
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
  }
  return `${path || "the workspace"} → ${target} (${(await stat(target)).size} bytes)`;
}

async function upload(home: HomeClient, from: string, { job, path }: Remote): Promise<string> {
  const found = await stat(from).catch(() => undefined);
  if (found?.isFile() !== true) throw new Failure(`There is no file ${from} here.`, "Name a file; folders are copied file by file.");
  const id = await jobIdOf(home, job);
  const target = path === "" || path.endsWith("/") ? `${path}${basename(from)}` : path;
  const headers = { "content-type": "application/octet-stream", "content-length": String(found.size) };
  const { body } = await home.send("PUT", `/api/jobs/${id}/files/content?path=${encodeURIComponent(target)}`, { body: createReadStream(from), headers });
  await body.dump();
  return `${from} → ${target} (${found.size} bytes)`;
}

const isFolder = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory() === true;
