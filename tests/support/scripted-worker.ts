import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import express, { type Response } from "express";
import { openEventStream, renderEvent } from "@freehold/kernel/sse";

export interface ScriptedFile {
  content: string | Buffer;
  type: string;
  modifiedAt: string;
}

export interface ScriptedJob {
  job: Record<string, unknown> & { id: string; state: string; attempts: Record<string, unknown>[] };
  lines: string[];
  files: Map<string, ScriptedFile>;
}

/** A worker that keeps jobs in memory and plays a script as their run; it answers as the real one does. */
export interface ScriptedWorker {
  url: string;
  jobs: ScriptedJob[];
  /** Readers of live logs now. */
  readers(): number;
  /** Breaks every live log's connection off, as a restart does. */
  cutReaders(): void;
  close(): Promise<void>;
}

/** Plays a job: pushes lines and files, with pauses. */
export type Play = (job: ScriptedJob, say: (event: object) => Promise<void>) => Promise<void>;

export const problem = (response: Response, status: number, code: string, detail: string) =>
  void response
    .status(status)
    .type("application/problem+json")
    .send(JSON.stringify({ type: "about:blank", title: code, status, code, detail }));

export async function startScriptedWorker(seeds: ScriptedJob[], play: Play): Promise<ScriptedWorker> {
  const jobs = [...seeds];
  const readers = new Set<Response>();
  const app = express();
  const find = (id: string) => jobs.find(({ job }) => job.id === id);
  app.use(express.json({ limit: "5mb" }));
  app.get("/health/ready", (_request, response) => void response.json({ status: "ready" }));

  app.post("/api/jobs", (request, response) => {
    const { prompt, title, model, maxAttempts = 3, idempotencyKey } = request.body as Record<string, string | undefined>;
    const known = jobs.find(({ job }) => idempotencyKey !== undefined && job["idempotencyKey"] === idempotencyKey);
    if (known !== undefined) return void response.status(200).json(known.job);
    if (prompt === undefined || prompt === "") return problem(response, 400, "request.invalid", "The request was refused. prompt: is empty.");
    const made = newJob({ prompt, title: title ?? prompt.slice(0, 80), model: model ?? null, maxAttempts, idempotencyKey });
    jobs.unshift(made);
    void run(made, play);
    response.status(201).json(made.job);
  });
  app.get("/api/jobs", (request, response) => {
    const { state, limit = "50", cursor = "0" } = request.query as Record<string, string>;
    const all = jobs.filter(({ job }) => state === undefined || job.state === state);
    const from = Number(cursor);
    const to = from + Number(limit);
    response.json({ jobs: all.slice(from, to).map(({ job }) => job), nextCursor: to < all.length ? String(to) : null });
  });
  app.use("/api/jobs/:id", (request, response, next) => {
    const found = find(request.params.id);
    if (found === undefined) return problem(response, 404, "job.unknown", `There is no job ${request.params.id}. GET /api/jobs lists those that are.`);
    response.locals["found"] = found;
    next();
  });
  const found = (response: Response) => response.locals["found"] as ScriptedJob;
  app.get("/api/jobs/:id", (_request, response) => void response.json(found(response).job));
  app.post("/api/jobs/:id/cancel", (_request, response) => {
    const { job } = found(response);
    if (job.state === "queued" || job.state === "running") {
      job.state = "cancelled";
      job["finishedAt"] = new Date().toISOString();
      job["error"] = { code: "job.cancelled", message: "Cancelled by the owner." };
      for (const attempt of job.attempts) if (attempt["state"] === "running") Object.assign(attempt, { state: "cancelled", finishedAt: job["finishedAt"] });
    }
    response.status(202).json(job);
  });
  app.get("/api/jobs/:id/log", async (request, response) => {
    const scripted = found(response);
    readers.add(response);
    response.once("close", () => readers.delete(response));
    let offset = Number(request.get("last-event-id") ?? request.query["offset"] ?? 0);
    const stream = openEventStream(response);
    for (let at = 0, line = 0; !stream.signal.aborted;) {
      if (line < scripted.lines.length) {
        let text = "";
        for (const end = line + 500; line < Math.min(end, scripted.lines.length); line++) {
          const data = scripted.lines[line]!;
          at += Buffer.byteLength(data) + 1;
          if (at <= offset) continue;
          offset = at;
          text += renderEvent({ id: at, event: "line", data });
        }
        await stream.sendText(text).catch(() => undefined);
      } else if (scripted.job.state === "running" || scripted.job.state === "queued") await delay(20);
      else {
        await stream.send({ event: "done", data: JSON.stringify({ state: scripted.job.state }) }).catch(() => undefined);
        return stream.end();
      }
    }
  });
  app.get(
    "/api/jobs/:id/log.ndjson",
    (_request, response) =>
      void response.type("application/x-ndjson").send(
        found(response)
          .lines.map((line) => `${line}\n`)
          .join(""),
      ),
  );
  app.get("/api/jobs/:id/files", (request, response) => void response.json(listFolder(found(response), String(request.query["path"] ?? ""))));
  app.get("/api/jobs/:id/files/content", (request, response) => {
    const path = String(request.query["path"] ?? "");
    const file = found(response).files.get(path);
    if (file === undefined) return problem(response, 404, "file.unknown", `There is no file ${path} in this job's workspace.`);
    response.setHeader("content-type", file.type);
    response.end(file.content);
  });

  const server: Server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    jobs,
    readers: () => readers.size,
    cutReaders: () => {
      for (const reader of readers) reader.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function newJob(fields: Record<string, unknown>): ScriptedJob {
  const job = {
    id: randomUUID(),
    model: null,
    state: "queued",
    createdAt: new Date().toISOString(),
    startedAt: null,
    finishedAt: null,
    cancelRequestedAt: null,
    maxAttempts: 3,
    result: null,
    error: null,
    costUsd: null,
    provider: null,
    attempts: [],
    ...fields,
  };
  return { job, lines: [], files: new Map() };
}

async function run(scripted: ScriptedJob, play: Play): Promise<void> {
  const { job, lines } = scripted;
  await delay(150);
  if (job.state !== "queued") return;
  const startedAt = new Date().toISOString();
  const attempt: Record<string, unknown> = { number: 1, state: "running", sessionId: randomUUID(), startedAt, finishedAt: null, exitCode: null, error: null };
  Object.assign(job, { state: "running", startedAt, attempts: [attempt] });
  await play(scripted, async (event) => {
    await delay(60);
    if (job.state === "running") lines.push(JSON.stringify(event));
  });
  if ((job.state as string) !== "running") return;
  const finishedAt = new Date().toISOString();
  Object.assign(attempt, { state: "succeeded", finishedAt, exitCode: 0 });
  Object.assign(job, { state: "succeeded", finishedAt, costUsd: 0.0012, provider: "rehearsal", result: "Done." });
}

function listFolder({ files }: ScriptedJob, path: string) {
  const prefix = path === "" ? "" : `${path}/`;
  const entries = new Map<string, object>();
  for (const [name, file] of files) {
    if (!name.startsWith(prefix)) continue;
    const [first = "", ...rest] = name.slice(prefix.length).split("/");
    entries.set(first, {
      name: first,
      type: rest.length === 0 ? "file" : "directory",
      sizeBytes: rest.length === 0 ? Buffer.byteLength(file.content) : 0,
      modifiedAt: file.modifiedAt,
    });
  }
  return { path, entries: [...entries.values()] };
}
