import type { ScheduleRun, ScheduleView } from "@freehold/kernel/api/schedule";
import { expect, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import { isFinal } from "../job-states.ts";
import type { Job } from "../job.ts";
import { successOf } from "../testing/worker-place.ts";
import { ended as endedAt, ready, withWorker } from "../testing/worker-scene.ts";

const scene = withWorker({ JOB_SLOTS: "5", SCHEDULE_POLL_MS: "50" });
const ended = (id: string) => endedAt(scene.worker, id);

const answer = async <T>(method: string, path: string, body?: unknown): Promise<T & { status: number; code: string; detail: string }> => {
  const response = await scene.worker.call(method, path, body);
  const text = await response.text();
  return { ...(text === "" ? {} : (JSON.parse(text) as object)), status: response.status } as T & { status: number; code: string; detail: string };
};
let count = 0;
const make = (more: object = {}) =>
  answer<ScheduleView>("POST", "/api/schedules", { name: `schedule ${++count}`, schedule: "0 3 * * *", prompt: "x", ...more });
const unknownId = "0193a1b2-0000-7000-8000-00000000dead";

test.each([
  { what: "no name", body: { name: undefined } },
  { what: "an empty name", body: { name: " " } },
  { what: "a NUL in the name", body: { name: "a\0" } },
  { what: "no schedule", body: { schedule: undefined } },
  { what: "a schedule that is none", body: { schedule: "0 25 * * *" }, said: /"25" as hour .* Write 0 to 23/ },
  { what: "a schedule in a zone that is none", body: { schedule: "TZ=Mars/Base @daily" }, said: /Mars\/Base/ },
  { what: "a zone that is none", body: { timeZone: "Mars/Base" }, said: /timeZone/ },
  { what: "neither prompt nor command", body: { prompt: undefined }, said: /either prompt or command/ },
  { what: "both prompt and command", body: { command: ["ls"] }, said: /either prompt or command/ },
  { what: "a model with a command", body: { prompt: undefined, command: ["ls"], model: "opus" }, said: /model goes with prompt/ },
  { what: "variables with a prompt", body: { environment: { A: "1" } }, said: /environment with command/ },
  { what: "an empty command", body: { prompt: undefined, command: [] } },
  { what: "a variable of the manager's", body: { prompt: undefined, command: ["ls"], environment: { HOME: "/x" } } },
  { what: "a variable in lower case", body: { prompt: undefined, command: ["ls"], environment: { home: "/x" } } },
  { what: "a policy that is none", body: { missed: "twice" } },
  { what: "too many to be made up for", body: { missedLimit: 101 } },
  { what: "an unknown field", body: { colour: "red" } },
])("a schedule with $what is refused", async ({ body, said }) => {
  const refused = await make(body);
  expect(refused).toMatchObject({ status: 400, code: "request.invalid" });
  expect(refused.detail).toMatch(said ?? /./);
});

test.each([
  ["GET", `/api/schedules/${unknownId}`, 404, "schedule.unknown"],
  ["PATCH", `/api/schedules/${unknownId}`, 404, "schedule.unknown"],
  ["DELETE", `/api/schedules/${unknownId}`, 404, "schedule.unknown"],
  ["GET", `/api/schedules/${unknownId}/next`, 404, "schedule.unknown"],
  ["GET", `/api/schedules/${unknownId}/runs`, 404, "schedule.unknown"],
  ["POST", `/api/schedules/${unknownId}/run`, 404, "schedule.unknown"],
  ["POST", `/api/schedules/${unknownId}/pause`, 404, "schedule.unknown"],
  ["POST", `/api/schedules/${unknownId}/resume`, 404, "schedule.unknown"],
  ["GET", "/api/schedules/nonsense", 400, "request.invalid"],
  ["GET", "/api/schedules?limit=0", 400, "request.invalid"],
  ["GET", "/api/schedules?cursor=%00", 400, "request.invalid"],
  ["GET", `/api/schedules/${unknownId}/next?count=0`, 404, "schedule.unknown"],
  ["GET", "/api/schedules/preview?schedule=nonsense", 400, "request.invalid"],
  ["GET", "/api/schedules/preview?schedule=@daily&from=now", 400, "request.invalid"],
])("%s %s is answered %i %s", async (method, path, status, code) => {
  expect(await answer(method, path)).toMatchObject({ status, code });
});

test("a caller without the token is turned away", async () => {
  expect((await fetch(`${scene.worker.url}/api/schedules`)).status).toBe(401);
});

test("a schedule is made, shown, listed page by page, changed and deleted; values of variables are not shown", async () => {
  const made = await make({
    name: "first",
    prompt: undefined,
    command: ["echo", "hi"],
    environment: { TOKEN: "hush" },
    timeZone: "Europe/Zurich",
    noOverlap: true,
  });
  expect(made).toMatchObject({
    status: 201,
    prompt: null,
    command: ["echo", "hi"],
    environment: ["TOKEN"],
    timeZone: "Europe/Zurich",
    maxAttempts: 1,
    missed: "once",
    missedLimit: 10,
    noOverlap: true,
    pausedAt: null,
    problem: null,
    source: null,
  });
  expect(await answer<ScheduleView>("GET", `/api/schedules/${made.id}`)).toMatchObject({
    status: 200,
    name: "first",
    totals: [{ days: 7, jobs: 0 }, { days: 30 }, { days: 90 }],
  });
  expect(await make({ name: "first" })).toMatchObject({ status: 409, code: "schedule.name-taken" });
  const second = await make({ name: "second", maxAttempts: 2, model: "opus" });
  const listed: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { schedules: ScheduleView[]; nextCursor: string | null } = await answer(
      "GET",
      `/api/schedules?limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`,
    );
    listed.push(...page.schedules.map(({ name }) => name));
    cursor = page.nextCursor;
  }
  expect(listed).toEqual(["second", "first"]);
  expect(await answer("PATCH", `/api/schedules/${second.id}`, { name: "first" })).toMatchObject({ status: 409, code: "schedule.name-taken" });
  expect(await answer("PATCH", `/api/schedules/${second.id}`, { prompt: "y", command: ["z"] })).toMatchObject({ status: 400 });
  expect(await answer("PATCH", `/api/schedules/${second.id}`, { name: "renamed", timeoutMs: 5_000 })).toMatchObject({
    status: 200,
    name: "renamed",
    timeoutMs: 5_000,
    prompt: "x",
    model: "opus",
    maxAttempts: 2,
  });
  expect((await answer("DELETE", `/api/schedules/${second.id}`)).status).toBe(204);
  expect((await answer("GET", `/api/schedules/${second.id}`)).status).toBe(404);
});

test("the next runs are told in the schedule's zone, also of one that is not stored", async () => {
  const { id } = await make({ schedule: "TZ=Europe/Zurich 30 2 * * *" });
  const expected = { timeZone: "Europe/Zurich", next: ["2026-03-28T02:30:00+01:00", "2026-03-30T02:30:00+02:00"] };
  const query = "count=2&from=2026-03-27T12:00:00Z";
  expect(await answer("GET", `/api/schedules/${id}/next?${query}`)).toMatchObject(expected);
  expect(await answer("GET", `/api/schedules/preview?${query}&timeZone=Europe/Zurich&schedule=${encodeURIComponent("30 2 * * *")}`)).toMatchObject(expected);
  expect(await answer("GET", `/api/schedules/preview?schedule=${encodeURIComponent("0 0 31 2 *")}`)).toMatchObject({ next: [] });
});

test("a schedule that is due runs its prompt, and its history tells the job; run now makes one more", async () => {
  scene.place.manager.onStart = (name) => {
    scene.place.manager.print(name, successOf("done"));
    scene.place.manager.exit(name, 0);
  };
  const { id } = await make({ schedule: "@every 1s" });
  const runs = async () => (await answer<{ runs: ScheduleRun[] }>("GET", `/api/schedules/${id}/runs`)).runs;
  await until("two jobs to succeed", async () => (await runs()).filter((run) => run.job?.state === "succeeded").length >= 2);
  expect((await answer<ScheduleView>("POST", `/api/schedules/${id}/pause`)).nextDueAt).toBeNull();
  const made = await answer<Job>("POST", `/api/schedules/${id}/run`);
  expect(made).toMatchObject({ status: 201, state: "queued" });
  await ended(made.id);
  expect((await runs())[0]).toMatchObject({ cause: "request", outcome: "job", job: { id: made.id, state: "succeeded", costUsd: 0.5 } });
  const page = await answer<{ nextCursor: string }>("GET", `/api/schedules/${id}/runs?limit=1`);
  expect((await answer<{ runs: ScheduleRun[] }>("GET", `/api/schedules/${id}/runs?limit=1&cursor=${page.nextCursor}`)).runs[0]?.cause).toBe("schedule");
  expect((await answer<ScheduleView>("POST", `/api/schedules/${id}/resume`)).nextDueAt).not.toBeNull();
  await answer("DELETE", `/api/schedules/${id}`);
});

test("[W24] a command runs as it is, with its variables, and its exit code decides; what it prints is no result", async () => {
  const { id } = await make({ prompt: undefined, command: ["sh", "-c", "exit 3"], environment: { GREETING: "hello" } });
  const started: { argv: string[]; env: Record<string, string> }[] = [];
  let code = 0;
  scene.place.manager.onStart = (name, request) => {
    started.push(request);
    scene.place.manager.print(name, successOf("I am no result"), { type: "freehold", subtype: "stderr", text: "mind the gap" });
    scene.place.manager.exit(name, code);
  };
  const runNow = async () => ended((await answer<Job>("POST", `/api/schedules/${id}/run`)).id);
  expect(await runNow()).toMatchObject({ state: "succeeded", result: "", command: ["sh", "-c", "exit 3"], attempts: [{ exitCode: 0 }] });
  code = 3;
  expect(await runNow()).toMatchObject({
    state: "failed",
    error: { code: "job.command-failed", message: expect.stringMatching(/exit code 3.*mind the gap/) },
    attempts: [{ number: 1, exitCode: 3 }],
  });
  expect(started[0]).toMatchObject({ argv: ["sh", "-c", "exit 3"], env: { GREETING: "hello" } });
});

test("[W24] a command may be silent for longer than a run of Claude Code, but not longer than its time", async () => {
  const patient = await scene.place.worker({ WORKER_NAME: "patient", JOB_STALL_MS: "20", JOB_SLOTS: "10" });
  scene.place.manager.onStart = () => undefined;
  await scene.worker.stop();
  try {
    await ready(patient);
    const response = await patient.call("POST", "/api/schedules", { name: "silent", schedule: "@daily", command: ["sleep", "5"], timeoutMs: 1_500 });
    const { id } = (await response.json()) as ScheduleView;
    const job = (await (await patient.call("POST", `/api/schedules/${id}/run`)).json()) as Job;
    const done = await until("the job to end", async () => {
      const found = await patient.get(job.id);
      return isFinal(found.state) ? found : undefined;
    });
    expect(done).toMatchObject({ state: "failed", error: { code: "job.timeout" } });
  } finally {
    await patient.stop();
    scene.worker = await scene.place.worker({ JOB_SLOTS: "5", SCHEDULE_POLL_MS: "50" });
    await ready(scene.worker);
  }
});

const file = `[job-local "tidy"]
schedule = TZ=Europe/Zurich 0 4 * * *
command = sh -c "'echo hi'"
environment = LEVEL=9
no-overlap = true

[job-local "news"]
schedule = @every 6h
command = claude -p "'Write the news'"

[job-run "report"]
schedule = @weekly
image = reports:2
command = make weekly

[job-service-run "fan"]
schedule = @hourly
image = x
command = y
`;
interface Import {
  ok: boolean;
  jobs: { name: string; verdict: string; refusals: { message: string; cure: string }[] }[];
  schedules: ScheduleView[];
}
const load = (more: object = {}) => answer<Import>("POST", "/api/schedules/import", { text: file, ...more });
const verdicts = ({ jobs }: Import) => jobs.map(({ name, verdict }) => `${name} ${verdict}`);

test("a file is shown first without being stored, then stored as far as it can be, then brought up to date", async () => {
  const shown = await load({ dryRun: true });
  expect(shown).toMatchObject({ status: 200, ok: true, schedules: [] });
  expect(verdicts(shown)).toEqual(["tidy accepted", "news accepted", "report refused", "fan refused"]);
  expect(shown.jobs.flatMap(({ refusals }) => refusals).every(({ message, cure }) => message !== "" && cure !== "")).toBe(true);
  const stored = await load({ timeZone: "Asia/Tokyo" });
  expect(stored).toMatchObject({
    status: 201,
    schedules: [
      {
        name: "job-local/tidy",
        schedule: "TZ=Europe/Zurich 0 4 * * *",
        timeZone: "Asia/Tokyo",
        command: ["sh", "-c", "echo hi"],
        environment: ["LEVEL"],
        noOverlap: true,
        missed: "skip",
      },
      { name: "job-local/news", prompt: "Write the news", source: '[job-local "news"]', maxAttempts: 3 },
    ],
  });
  expect(await load()).toMatchObject({ status: 409, code: "schedule.name-taken" });
  const updated = await load({ text: file.replace("@every 6h", "@every 8h"), update: true, replaceContainers: true });
  expect(verdicts(updated)).toEqual(["tidy accepted", "news accepted", "report mapped", "fan refused"]);
  expect(updated.schedules.map(({ name, schedule }) => [name, schedule])).toEqual([
    ["job-local/tidy", "TZ=Europe/Zurich 0 4 * * *"],
    ["job-local/news", "@every 8h"],
    ["job-run/report", "@weekly"],
  ]);
  expect(updated.schedules[1]?.id).toBe(stored.schedules[1]?.id);
});

test("a file that Ofelia would not start with is refused whole, with lines, causes and cures", async () => {
  const refused = await load({ text: '[job-local "new"]\nschedule = @daily\ncommand = a\n[job-local "bad"]\nschedule = 99 * * * *\ncommand = b\n' });
  expect(refused).toMatchObject({ status: 400, code: "schedule.file-refused", detail: expect.stringMatching(/line 5, column 1.*"99" as minute/) });
  const { schedules } = await answer<{ schedules: ScheduleView[] }>("GET", "/api/schedules");
  expect(schedules.map(({ name }) => name)).not.toContain("job-local/new");
  expect(await load({ text: "nonsense" })).toMatchObject({ status: 400, code: "schedule.file-refused" });
  expect(await load({ text: "nonsense", dryRun: true })).toMatchObject({ status: 200, ok: false, errors: [{ position: { line: 1, column: 1 } }] });
});

test("a name that a schedule of another origin has makes an import fail whole", async () => {
  await make({ name: "job-local/taken" });
  const text = '[job-local "free"]\nschedule=@daily\ncommand=a\n[job-local "taken"]\nschedule=@daily\ncommand=a\n';
  expect(await load({ text, update: true })).toMatchObject({ status: 409, code: "schedule.name-taken" });
  const { schedules } = await answer<{ schedules: ScheduleView[] }>("GET", "/api/schedules?limit=200");
  expect(schedules.map(({ name }) => name)).not.toContain("job-local/free");
});

test("the metrics count what became of the times", async () => {
  const { id } = await make({ schedule: "@every 1s" });
  await until("a run to be counted", async () =>
    /freehold_schedule_runs_total\{outcome="job"\} [1-9]/.test(await (await scene.worker.call("GET", "/metrics")).text()),
  );
  await answer("DELETE", `/api/schedules/${id}`);
});
