import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import express, { type Response } from "express";
import { newJob, type Play, type ScriptedJob } from "./scripted-job.ts";
import { serveFiles } from "./scripted-files.ts";
import { serveJobChanges } from "./scripted-job-changes.ts";
import { serveLogs } from "./scripted-logs.ts";
import { channelsBefore, serveNotices, type ScriptedChannel } from "./scripted-notices.ts";
import { quietQueue, serveApprovals, serveQueue, type ScriptedApproval, type ScriptedQueue } from "./scripted-queue.ts";
import { serveTemplates, templatesBefore, type ScriptedTemplate } from "./scripted-templates.ts";
import { scheduledIn, serveSchedules, type ScriptedSchedule } from "./scripted-schedules.ts";
import { problem } from "./scripted-services.ts";

/** A worker that keeps jobs in memory and plays a script as their run; it answers as the real one does. */
export interface ScriptedWorker {
  url: string;
  jobs: ScriptedJob[];
  queue: ScriptedQueue;
  schedules: ScriptedSchedule[];
  approvals: ScriptedApproval[];
  channels: ScriptedChannel[];
  templates: ScriptedTemplate[];
  uploads: { id: string; name: string; content: string }[];
  /** Readers of live logs now. */
  readers(): number;
  /** Breaks every live log's connection off, as a restart does. */
  cutReaders(): void;
  close(): Promise<void>;
}

export async function startScriptedWorker(seeds: ScriptedJob[], play: Play): Promise<ScriptedWorker> {
  const jobs = [...seeds];
  const readers = new Set<Response>();
  const app = express();
  const find = (id: string) => jobs.find(({ job }) => job.id === id);
  const queue = quietQueue();
  const schedules = scheduledIn(jobs.find(({ job }) => job.state === "succeeded")?.job.id ?? "");
  const approvals: ScriptedApproval[] = [];
  app.use(express.json({ limit: "5mb" }));
  app.get("/health/ready", (_request, response) => void response.json({ status: "ready" }));
  const channels = channelsBefore();
  const templates = templatesBefore();
  const uploads: ScriptedWorker["uploads"] = [];
  serveNotices(app, channels);
  serveTemplates(app, templates, uploads);
  serveQueue(app, queue, (state) => jobs.filter(({ job }) => job.state === state).length);
  serveApprovals(app, approvals, ({ jobId }) => Object.assign(find(jobId)?.job ?? {}, { state: "running" }));
  serveSchedules(app, schedules, (prompt) => {
    const made = newJob({ prompt, title: prompt.slice(0, 80) });
    jobs.unshift(made);
    void run(made, play);
    return made.job;
  });

  app.post("/api/jobs", (request, response) => {
    const { template, inputs, maxAttempts = 3, idempotencyKey, ...wish } = request.body as Record<string, string | undefined>;
    const prompt = wish["prompt"] ?? (template === undefined ? undefined : `From the template ${template}: ${JSON.stringify(inputs)}`);
    const known = jobs.find(({ job }) => idempotencyKey !== undefined && job["idempotencyKey"] === idempotencyKey);
    if (known !== undefined) return void response.status(200).json(known.job);
    if (prompt === undefined || prompt === "") return problem(response, 400, "request.invalid", "The request was refused. prompt: is empty.");
    const made = newJob({
      ...wish,
      prompt,
      title: wish["title"] ?? prompt.slice(0, 80),
      model: wish["model"] ?? null,
      maxAttempts,
      idempotencyKey,
      template: template ?? null,
    });
    jobs.unshift(made);
    void run(made, play);
    response.status(201).json(made.job);
  });
  app.get("/api/jobs", (request, response) => {
    const { limit = "50", cursor = "0", ...filter } = request.query as Record<string, string>;
    const all = jobs.filter(({ job }) => fits(job, filter));
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
    if (isActive(job)) {
      job.state = "cancelled";
      job["finishedAt"] = new Date().toISOString();
      job["error"] = { code: "job.cancelled", message: "Cancelled by the owner." };
      for (const attempt of job.attempts) if (attempt["state"] === "running") Object.assign(attempt, { state: "cancelled", finishedAt: job["finishedAt"] });
    }
    response.status(202).json(job);
  });
  serveJobChanges(app, found, {
    run: (scripted) => void run(scripted, play),
    remove: (id) =>
      void jobs.splice(
        jobs.findIndex(({ job }) => job.id === id),
        1,
      ),
  });
  serveLogs(app, found, readers);
  serveFiles(app, found);

  const server: Server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    jobs,
    queue,
    schedules,
    approvals,
    channels,
    templates,
    uploads,
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

const isActive = ({ state }: { state: string }) => !["succeeded", "failed", "cancelled"].includes(state);

function fits(job: ScriptedJob["job"], { state, search, schedule, from }: Record<string, string | undefined>): boolean {
  const text = `${String(job["title"])} ${String(job["prompt"])}`.toLowerCase();
  return (
    (state === undefined || state.split(",").includes(job.state)) &&
    (search === undefined || text.includes(search.toLowerCase())) &&
    (schedule === undefined || job["scheduleId"] === schedule) &&
    (from === undefined || String(job["createdAt"]) >= from)
  );
}

async function run(scripted: ScriptedJob, play: Play): Promise<void> {
  const { job } = scripted;
  await delay(150);
  if (job.state !== "queued") return;
  const startedAt = new Date().toISOString();
  const attempt: Record<string, unknown> = {
    number: job.attempts.length + 1,
    state: "running",
    sessionId: randomUUID(),
    startedAt,
    finishedAt: null,
    exitCode: null,
    error: null,
  };
  Object.assign(job, { state: "running", startedAt, attempts: [...job.attempts, attempt] });
  await play(scripted, async (event) => {
    await delay(60);
    if (job.state === "running") scripted.lines.push(JSON.stringify(event));
  });
  if ((job.state as string) !== "running") return;
  const finishedAt = new Date().toISOString();
  Object.assign(attempt, { state: "succeeded", finishedAt, exitCode: 0 });
  Object.assign(job, { state: "succeeded", finishedAt, costUsd: 0.0012, provider: "rehearsal", result: "Done." });
}
