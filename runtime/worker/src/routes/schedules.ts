import { randomBytes } from "node:crypto";
import { jsonBody, parseInput } from "@freehold/kernel/http";
import { inTransaction } from "@freehold/kernel/postgres";
import { nextRuns } from "@freehold/kernel/schedules/next-run";
import { parseSchedule } from "@freehold/kernel/schedules/schedule";
import { formatInZone, openTimeZone, utc } from "@freehold/kernel/schedules/time-zone";
import { Router } from "express";
import { z } from "zod";
import { newJobId } from "../job-id.ts";
import { scheduleChannels, setScheduleChannels } from "../notices/schedule-channels.ts";
import type { Parts } from "../parts.ts";
import { fireOnRequest } from "../schedules/fire.ts";
import { importFile } from "../schedules/import-file.ts";
import { listRuns, totalsOf } from "../schedules/run-history.ts";
import { importRequest, scheduleChange, scheduleRequest, scheduleText, standardAttempts, timeZoneName, workOf } from "../schedules/schedule-request.ts";
import { toView } from "../schedules/schedule-rows.ts";
import { changeSchedule, deleteSchedule, insertSchedule, listSchedules, requireRow, setPaused } from "../schedules/schedule-store.ts";

export const params = z.object({ id: z.uuid() });
const limit = z.coerce.number().int().min(1).max(200).default(50);
const opaque = <T extends z.ZodType<string, string>>(of: T) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/)
    .transform((text) => Buffer.from(text, "base64url").toString())
    .pipe(of)
    .optional();
export const listQuery = z.object({ limit, cursor: opaque(z.uuid()) });
export const runsQuery = z.object({ limit, cursor: opaque(z.string().regex(/^\d{1,18}$/)) });
const count = z.coerce.number().int().min(1).max(100).default(10);
const from = z.iso.datetime({ offset: true }).optional();
export const nextQuery = z.object({ count, from });
export const previewQuery = z.object({ schedule: scheduleText, timeZone: timeZoneName.default("UTC"), count, from });
const bodyLimitBytes = 6 * 1_048_576;
const smallBody = jsonBody(1_024);
export const noFields = z.strictObject({});

const cursorAfter = <T extends { id: string }>(found: readonly T[], limit: number) => {
  const last = found.length > limit ? found[limit - 1] : undefined;
  return last === undefined ? null : Buffer.from(last.id).toString("base64url");
};

/** The next runs, in the zone that the schedule counts in. */
function preview({ schedule: text, timeZone, count, afterMs }: { schedule: string; timeZone: string; count: number; afterMs: number }) {
  const schedule = parseSchedule(text);
  const local = openTimeZone(timeZone) ?? utc;
  const zone = (schedule.kind === "calendar" ? schedule.zone : null) ?? local;
  return { timeZone: zone.name, next: nextRuns(schedule, afterMs, { local, count }).map((atMs) => formatInZone(zone, atMs)) };
}

export const channelLinks = z.strictObject({
  channels: z.array(z.strictObject({ id: z.uuid(), onlyOnError: z.boolean().default(false) })).max(50),
});

/** Who hears of the jobs of one schedule, beside the channels that hear of all. */
function addChannels(router: Router, { pool }: Parts): void {
  router.get("/:id/channels", async (request, response) => {
    const { id } = await requireRow(pool, parseInput(params, request.params).id);
    response.json({ channels: await scheduleChannels(pool, id) });
  });
  router.put("/:id/channels", jsonBody(16_384), async (request, response) => {
    const { id } = parseInput(params, request.params);
    const { channels } = parseInput(channelLinks, request.body);
    await inTransaction(pool, async (client) => {
      await requireRow(client, id, { lock: true });
      await setScheduleChannels(client, id, channels);
    });
    response.json({ channels: await scheduleChannels(pool, id) });
  });
}

export function scheduleRoutes(parts: Parts): Router {
  const router = Router();
  addCollection(router, parts);
  addOne(router, parts);
  addChannels(router, parts);
  return router;
}

function addCollection(router: Router, { pool, sender, clock, log }: Parts): void {
  router.post("/", jsonBody(bodyLimitBytes), async (request, response) => {
    const wanted = parseInput(scheduleRequest, request.body);
    const work = workOf(wanted);
    if (work === undefined) throw new Error("a schedule without work passed its schema");
    const terms = { ...wanted, work, maxAttempts: wanted.maxAttempts ?? standardAttempts(work), source: null };
    const made = await insertSchedule(pool, terms, { id: newJobId(clock.now(), randomBytes), paused: wanted.paused, nowMs: clock.now() });
    log.info("schedule.created", { scheduleId: made.id });
    response.status(201).location(`/api/schedules/${made.id}`).json(made);
  });
  router.get("/", async (request, response) => {
    const { limit, cursor } = parseInput(listQuery, request.query);
    const found = await listSchedules(pool, { limit: limit + 1, before: cursor });
    response.json({ schedules: found.slice(0, limit), nextCursor: cursorAfter(found, limit) });
  });
  router.post("/import", jsonBody(bodyLimitBytes), async (request, response) => {
    const wanted = parseInput(importRequest, request.body);
    const { report, schedules } = await importFile(pool, wanted, { nowMs: clock.now(), sealer: sender.keys.sealer });
    log.info("schedule.file-imported", { dryRun: wanted.dryRun, schedules: schedules.length, jobs: report.jobs.length });
    response.status(wanted.dryRun ? 200 : 201).json({ ...report, schedules });
  });
  router.get("/preview", (request, response) => {
    const { from, ...wanted } = parseInput(previewQuery, request.query);
    response.json(preview({ ...wanted, afterMs: from === undefined ? clock.now() : Date.parse(from) }));
  });
}

function addOne(router: Router, { pool, clock, log, scheduler, wake }: Parts): void {
  const idOf = (input: unknown) => parseInput(params, input).id;
  router.get("/:id", async (request, response) => {
    const row = await requireRow(pool, idOf(request.params));
    response.json({ ...toView(row), totals: await totalsOf(pool, row.id, clock.now()) });
  });
  router.patch("/:id", jsonBody(bodyLimitBytes), async (request, response) => {
    const id = idOf(request.params);
    response.json(await changeSchedule(pool, id, { change: parseInput(scheduleChange, request.body), nowMs: clock.now() }));
  });
  router.delete("/:id", async (request, response) => {
    const id = idOf(request.params);
    await deleteSchedule(pool, id);
    log.info("schedule.deleted", { scheduleId: id });
    response.status(204).end();
  });
  router.get("/:id/next", async (request, response) => {
    const row = await requireRow(pool, idOf(request.params));
    const { count, from } = parseInput(nextQuery, request.query);
    response.json(preview({ schedule: row.expression, timeZone: row.time_zone, count, afterMs: from === undefined ? clock.now() : Date.parse(from) }));
  });
  router.get("/:id/runs", async (request, response) => {
    const { id } = await requireRow(pool, idOf(request.params));
    const { limit, cursor } = parseInput(runsQuery, request.query);
    const found = await listRuns(pool, id, { limit: limit + 1, before: cursor });
    response.json({ runs: found.slice(0, limit), nextCursor: cursorAfter(found, limit) });
  });
  router.post("/:id/run", smallBody, async (request, response) => {
    parseInput(noFields, request.body);
    const job = await fireOnRequest(pool, idOf(request.params), scheduler.context());
    wake();
    response.status(201).location(`/api/jobs/${job.id}`).json(job);
  });
  for (const [action, paused] of [
    ["pause", true],
    ["resume", false],
  ] as const)
    router.post(`/:id/${action}`, smallBody, async (request, response) => {
      parseInput(noFields, request.body);
      response.json(await setPaused(pool, idOf(request.params), { paused, nowMs: clock.now() }));
    });
}
