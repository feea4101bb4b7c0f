import { once } from "node:events";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { JobState } from "@freehold/kernel/api/job-state";
import { systemCodeOf } from "@freehold/kernel/errors";
import { parseInput } from "@freehold/kernel/http";
import { openEventStream } from "@freehold/kernel/sse";
import { Router } from "express";
import { z } from "zod";
import type { Parts } from "../parts.ts";
import type { Changes } from "../changes.ts";
import { fault } from "../errors.ts";
import { logPath } from "../files/job-folders.ts";
import { nameOf } from "../files/content-headers.ts";
import type { Job } from "../job.ts";
import { isFinal } from "../job-states.ts";
import { searchLines } from "../logs/log-search.ts";
import { requireJob } from "../store/jobs.ts";
import { jobParams } from "./jobs.ts";

const offset = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const logQuery = z.object({ offset: offset.optional(), attempt: z.coerce.number().int().min(1).optional() });

/** Units: bytes. So much is looked at for one answer; whoever wants more asks on. */
const searchedBytes = 64 * 1_048_576;
export const searchQuery = z.object({
  text: z.string().trim().min(1).max(200),
  attempt: z.coerce.number().int().min(1).optional(),
  offset: offset.default(0).describe("Where to go on: the `nextOffset` of the answer before"),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export function logRoutes(parts: Parts): Router {
  const { pool, settings, follower, changes } = parts;
  const router = Router();
  router.get("/:id/log", async (request, response) => {
    const { id } = parseInput(jobParams, request.params);
    const query = parseInput(logQuery, request.query);
    const attemptOf = (job: Job) => newestAttempt(job, query.attempt);
    const job = await requireJob(pool, id);
    attemptOf(job);
    const from = offset.safeParse(request.get("last-event-id") ?? query.offset).data ?? 0;
    const stream = openEventStream(response);
    const done = (attempt: number | null, state: JobState) => stream.send({ event: "done", data: JSON.stringify({ state, attempt }) });
    try {
      const attempt = attemptOf(job) ?? (await firstAttempt(() => requireJob(pool, id), changes, stream.signal));
      if (attempt === null) await done(null, (await requireJob(pool, id)).state);
      else
        await done(
          attempt,
          await follower.follow({ jobId: id, attempt, offset: await placeIn(logPath(settings.JOBS_DIR, id, attempt), from) }, stream.sendText, stream.signal),
        );
      stream.end();
    } catch (error) {
      if (!stream.signal.aborted) parts.log.warn("log.stream-failed", { jobId: id, error });
      response.destroy();
    }
  });
  router.get("/:id/log.ndjson", async (request, response) => {
    const { id } = parseInput(jobParams, request.params);
    const { attempt: wanted } = parseInput(logQuery, request.query);
    const attempt = newestAttempt(await requireJob(pool, id), wanted);
    if (attempt === null) throw fault("attempt.unknown", `Job ${id} has not been started yet, so it has no log.`);
    const path = logPath(settings.JOBS_DIR, id, attempt);
    const size = await sizeOf(path);
    response.set({
      "content-type": "application/x-ndjson; charset=utf-8",
      "content-length": String(size),
      "content-disposition": `attachment; ${nameOf(`${id}-${attempt}.ndjson`)}`,
      "x-content-type-options": "nosniff",
    });
    if (size === 0) return void response.end();
    await pipeline(createReadStream(path, { end: size - 1 }), response).catch(() => response.destroy());
  });
  router.get("/:id/log/search", async (request, response) => {
    const { id } = parseInput(jobParams, request.params);
    const { text, attempt: wanted, offset: from, limit } = parseInput(searchQuery, request.query);
    const attempt = newestAttempt(await requireJob(pool, id), wanted);
    if (attempt === null) throw fault("attempt.unknown", `Job ${id} has not been started yet, so it has no log.`);
    const path = logPath(settings.JOBS_DIR, id, attempt);
    const sizeBytes = await sizeOf(path);
    const chunks = from < sizeBytes ? createReadStream(path, { start: from, end: sizeBytes - 1, highWaterMark: 262_144 }) : Readable.from([]);
    const { lines, nextOffset, isOver } = await searchLines(chunks, text, { from, lines: limit, bytes: searchedBytes });
    response.json({ attempt, lines, nextOffset: isOver ? null : nextOffset, sizeBytes });
  });
  return router;
}

/** Null while there is none. Throws: AppError `attempt.unknown` when that one is not there. */
function newestAttempt(job: Job, wanted: number | undefined): number | null {
  const newest = job.attempts.at(-1)?.number ?? null;
  if (wanted === undefined) return newest;
  if (wanted > (newest ?? 0)) throw fault("attempt.unknown", `Job ${job.id} has no attempt ${wanted}; its newest is ${newest ?? "none"}.`);
  return wanted;
}

/** Waits for a queued job's first attempt; null when it was cancelled before. */
async function firstAttempt(look: () => Promise<Job>, changes: Changes, signal: AbortSignal): Promise<number | null> {
  for (;;) {
    const job = await look();
    const newest = job.attempts.at(-1)?.number;
    if (newest !== undefined) return newest;
    if (isFinal(job.state)) return null;
    await changed(changes, job.id, signal);
  }
}

async function changed(changes: Changes, jobId: string, signal: AbortSignal): Promise<void> {
  const heard = new EventTarget();
  const silence = changes.listen(jobId, () => void heard.dispatchEvent(new Event("heard")));
  await once(heard, "heard", { signal: AbortSignal.any([signal, AbortSignal.timeout(1_000)]) }).catch(() => undefined);
  silence();
  signal.throwIfAborted();
}

/** An offset beyond the end belongs to another attempt's log: then this one is read from its beginning. */
async function placeIn(path: string, wanted: number): Promise<number> {
  return wanted > (await sizeOf(path)) ? 0 : wanted;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return 0;
    throw thrown;
  }
}
