import type { RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { importRequest, scheduleChange, scheduleRequest } from "../schedules/schedule-request.ts";
import { jobAnswer, nextCursor } from "./job-answers.ts";
import { importAnswer, nextRunsAnswer, runAnswer, scheduleAnswer, scheduleWithTotals } from "./schedule-answers.ts";
import { channelLinks, listQuery, nextQuery, noFields, params, previewQuery, runsQuery } from "./schedules.ts";

const tag = "Schedules";

const collection: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/api/schedules",
    operation: "createSchedule",
    summary: "Make a schedule",
    description: "Either `prompt` or `command`; `model` goes with the one, `environment` with the other.",
    tag,
    body: scheduleRequest,
    answers: { 201: { description: "The schedule", body: scheduleAnswer } },
    errors: ["schedule.name-taken"],
  },
  {
    method: "get",
    path: "/api/schedules",
    operation: "listSchedules",
    summary: "List schedules, newest first",
    tag,
    query: listQuery,
    answers: { 200: { description: "A page of schedules", body: z.object({ schedules: z.array(scheduleAnswer), nextCursor }) } },
  },
  {
    method: "post",
    path: "/api/schedules/import",
    operation: "importSchedules",
    summary: "Read an Ofelia file",
    tag,
    body: importRequest,
    answers: {
      201: { description: "What it means, and the schedules that were stored", body: importAnswer },
      200: { description: "What it means, after a dry run", body: importAnswer },
    },
    errors: ["schedule.file-refused", "schedule.name-taken"],
  },
  {
    method: "get",
    path: "/api/schedules/preview",
    operation: "previewSchedule",
    summary: "Show when a schedule would be due",
    tag,
    query: previewQuery,
    answers: { 200: { description: "The next times", body: nextRunsAnswer } },
  },
];

const one: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/api/schedules/:id",
    operation: "readSchedule",
    summary: "Show a schedule with its totals",
    tag,
    params,
    answers: { 200: { description: "The schedule", body: scheduleWithTotals } },
    errors: ["schedule.unknown"],
  },
  {
    method: "patch",
    path: "/api/schedules/:id",
    operation: "changeSchedule",
    summary: "Change a schedule",
    tag,
    params,
    body: scheduleChange,
    answers: { 200: { description: "The schedule", body: scheduleAnswer } },
    errors: ["schedule.unknown", "schedule.name-taken"],
  },
  {
    method: "delete",
    path: "/api/schedules/:id",
    operation: "deleteSchedule",
    summary: "Delete a schedule; its jobs stay",
    tag,
    params,
    answers: { 204: { description: "It is gone" } },
    errors: ["schedule.unknown"],
  },
  {
    method: "get",
    path: "/api/schedules/:id/next",
    operation: "nextRuns",
    summary: "Show when a schedule is due next",
    tag,
    params,
    query: nextQuery,
    answers: { 200: { description: "The next times", body: nextRunsAnswer } },
    errors: ["schedule.unknown"],
  },
  {
    method: "get",
    path: "/api/schedules/:id/runs",
    operation: "listRuns",
    summary: "List the runs of a schedule, newest first",
    tag,
    params,
    query: runsQuery,
    answers: { 200: { description: "A page of runs", body: z.object({ runs: z.array(runAnswer), nextCursor }) } },
    errors: ["schedule.unknown"],
  },
  {
    method: "post",
    path: "/api/schedules/:id/run",
    operation: "runSchedule",
    summary: "Run a schedule now",
    tag,
    params,
    body: noFields,
    answers: { 201: { description: "The job", body: jobAnswer } },
    errors: ["schedule.unknown", "schedule.overlap"],
  },
  ...(["pause", "resume"] as const).map((action): RouteDescription => ({
    method: "post",
    path: `/api/schedules/:id/${action}`,
    operation: `${action}Schedule`,
    summary: action === "pause" ? "Pause a schedule; what comes due meanwhile is not missed" : "Let a paused schedule go on",
    tag,
    params,
    body: noFields,
    answers: { 200: { description: "The schedule", body: scheduleAnswer } },
    errors: ["schedule.unknown"],
  })),
];

const links = z.object({ channels: z.array(z.object({ id: z.uuid(), name: z.string(), onlyOnError: z.boolean() })) }).meta({ id: "ScheduleChannels" });
const channels: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/api/schedules/:id/channels",
    operation: "readScheduleChannels",
    summary: "List the channels that hear of a schedule's jobs, beside those that hear of all",
    tag,
    params,
    answers: { 200: { description: "The channels", body: links } },
    errors: ["schedule.unknown"],
  },
  {
    method: "put",
    path: "/api/schedules/:id/channels",
    operation: "setScheduleChannels",
    summary: "Say which channels hear of a schedule's jobs",
    tag,
    params,
    body: channelLinks,
    answers: { 200: { description: "The channels", body: links } },
    errors: ["schedule.unknown", "channel.unknown"],
  },
];

export const scheduleDescriptions: readonly RouteDescription[] = [...collection, ...one, ...channels];
