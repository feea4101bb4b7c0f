import { randomUUID } from "node:crypto";
import type { Express, Request, Response } from "express";
import { nextRuns } from "@freehold/kernel/schedules/next-run";
import { reportOn } from "@freehold/kernel/schedules/file-report";
import { parseSchedule } from "@freehold/kernel/schedules/schedule";
import { formatInZone, openTimeZone, utc } from "@freehold/kernel/schedules/time-zone";
import { problem } from "./scripted-services.ts";

type Fields = Record<string, unknown> & { id: string; name: string; schedule: string; timeZone: string };

export interface ScriptedSchedule {
  schedule: Fields;
  runs: Record<string, unknown>[];
}

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

export const newSchedule = (fields: Record<string, unknown>): ScriptedSchedule => ({
  schedule: {
    id: randomUUID(),
    name: "",
    schedule: "@daily",
    timeZone: "UTC",
    prompt: null,
    model: null,
    command: null,
    maxAttempts: 3,
    timeoutMs: null,
    noOverlap: true,
    missed: "once",
    missedLimit: 10,
    source: null,
    pausedAt: null,
    problem: null,
    nextDueAt: null,
    createdAt: ago(9_000),
    updatedAt: ago(9_000),
    ...fields,
    environment: Object.keys((fields["environment"] as object | undefined) ?? {}),
  },
  runs: [],
});

const runOf = (id: number, minutesAgo: number, more: object) => ({
  id: String(id),
  dueAt: ago(minutesAgo),
  missedSince: null,
  cause: "schedule",
  outcome: "job",
  at: ago(minutesAgo),
  job: null,
  ...more,
});

/** A home with a daily prompt, a command that came from a file, and a schedule that paused itself. */
export function scheduledIn(jobId: string): ScriptedSchedule[] {
  const news = newSchedule({
    name: "Morning news",
    schedule: "0 7 * * 1-5",
    timeZone: "Europe/Zurich",
    prompt: "Collect what changed in the dependencies since yesterday and write summaries/today.md.",
    model: "sonnet",
  });
  const job = (state: string, minutesAgo: number, more: object = {}) => ({
    id: jobId,
    state,
    startedAt: ago(minutesAgo),
    finishedAt: ago(minutesAgo - 2),
    costUsd: 0.0921,
    error: null,
    ...more,
  });
  news.runs.push(
    runOf(4, 190, { job: job("succeeded", 190) }),
    runOf(3, 1_630, { outcome: "overlap" }),
    runOf(2, 3_070, { cause: "catch-up", job: job("failed", 3_070, { error: "job.timeout" }) }),
    runOf(1, 5_950, { outcome: "missed", missedSince: ago(8_000) }),
  );
  const tidy = newSchedule({
    name: "job-local/tidy",
    schedule: "@every 6h",
    command: ["sh", "-c", "du -sh /workspace > sizes.txt"],
    source: '[job-local "tidy"]',
    maxAttempts: 1,
    missed: "skip",
    environment: { LEVEL: "9" },
  });
  const stuck = newSchedule({
    name: "Weekly report",
    schedule: "0 9 * * 1",
    prompt: "Write the weekly report.",
    pausedAt: ago(400),
    problem: "Its prompt was refused three times in a row; change it, then let it go on.",
  });
  return [news, tidy, stuck];
}

const nextOf = ({ schedule, timeZone }: { schedule: string; timeZone: string }, count: number) => {
  const parsed = parseSchedule(schedule);
  const zone = (parsed.kind === "calendar" ? parsed.zone : null) ?? openTimeZone(timeZone) ?? utc;
  return { timeZone: zone.name, next: nextRuns(parsed, Date.now(), { local: zone, count }).map((atMs) => formatInZone(zone, atMs)) };
};

const totals = (runs: number) =>
  [7, 30, 90].map((days) => ({ days, jobs: runs, succeeded: runs, failed: 0, totalCostUsd: 0.0921 * runs, averageCostUsd: 0.0921 }));

/** The worker's schedules, by the kernel's own arithmetic; `fire` makes the job of a run that is asked for. */
export function serveSchedules(app: Express, all: ScriptedSchedule[], fire: (prompt: string) => Record<string, unknown>): void {
  const shown = ({ schedule }: ScriptedSchedule) => ({
    ...schedule,
    nextDueAt: schedule["pausedAt"] === null ? new Date(nextOf(schedule, 1).next[0] ?? Number.NaN).toISOString() : null,
  });
  const judged = (request: Request, response: Response, answer: () => unknown) => {
    try {
      response.json(answer());
    } catch (thrown) {
      problem(response, 400, "request.invalid", (thrown as Error).message);
    }
  };
  app.get("/api/schedules", (_request, response) => void response.json({ schedules: all.map(shown), nextCursor: null }));
  app.post("/api/schedules", (request, response) => {
    const body = request.body as { name: string };
    if (all.some(({ schedule }) => schedule.name === body.name))
      return problem(response, 409, "schedule.name-taken", `There is a schedule "${body.name}" already. Choose another name.`);
    all.unshift(newSchedule(body));
    response.status(201).json(shown(all[0]!));
  });
  app.get("/api/schedules/preview", (request, response) =>
    judged(request, response, () => nextOf(request.query as { schedule: string; timeZone: string }, Number(request.query["count"] ?? 10))),
  );
  app.post("/api/schedules/import", (request, response) => {
    const { text, timeZone, dialect, replaceContainers, dryRun } = request.body as {
      text: string;
      timeZone: string;
      dialect: "mcuadros";
      replaceContainers: boolean;
      dryRun: boolean;
    };
    const report = reportOn(text, { nowMs: Date.now(), local: openTimeZone(timeZone) ?? utc, replaceContainers, dialect });
    const made = dryRun
      ? []
      : report.jobs.flatMap((job) => (job.work === null ? [] : [newSchedule({ name: `${job.kind}/${job.name}`, schedule: job.schedule })]));
    all.unshift(...made);
    response.status(dryRun ? 200 : 201).json({ ...report, schedules: made.map(shown) });
  });
  const one = (request: Request, response: Response, answer: (found: ScriptedSchedule) => unknown) => {
    const found = all.find(({ schedule }) => schedule.id === request.params["id"]);
    if (found === undefined) return problem(response, 404, "schedule.unknown", `There is no schedule ${String(request.params["id"])}.`);
    judged(request, response, () => answer(found));
  };
  app.get("/api/schedules/:id", (request, response) => one(request, response, (found) => ({ ...shown(found), totals: totals(found.runs.length) })));
  app.patch("/api/schedules/:id", (request, response) =>
    one(request, response, (found) => {
      Object.assign(found.schedule, request.body as object);
      return shown(found);
    }),
  );
  app.delete("/api/schedules/:id", (request, response) =>
    one(request, response, (found) => {
      all.splice(all.indexOf(found), 1);
      return {};
    }),
  );
  app.get("/api/schedules/:id/next", (request, response) => one(request, response, ({ schedule }) => nextOf(schedule, Number(request.query["count"] ?? 10))));
  app.get("/api/schedules/:id/runs", (request, response) => one(request, response, ({ runs }) => ({ runs, nextCursor: null })));
  app.post("/api/schedules/:id/run", (request, response) =>
    one(request, response, ({ schedule, runs }) => {
      const job = fire(String(schedule["prompt"] ?? schedule.name));
      runs.unshift(runOf(runs.length + 1, 0, { cause: "request", job }));
      return job;
    }),
  );
  for (const [action, paused] of [
    ["pause", true],
    ["resume", false],
  ] as const)
    app.post(`/api/schedules/:id/${action}`, (request, response) =>
      one(request, response, (found) => {
        Object.assign(found.schedule, { pausedAt: paused ? new Date().toISOString() : null, problem: null });
        return shown(found);
      }),
    );
}
