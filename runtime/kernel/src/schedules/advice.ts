import { affectedChanges, type ClockChanges } from "./clock-changes.ts";
import type { CronFileJob } from "./cron-file.ts";
import type { GlobalValues } from "./cron-file-keys.ts";
import { titleOf, type Finding } from "./finding.ts";
import { hasAny, mailKeys } from "./notice-plan.ts";
import type { CalendarSchedule, Schedule } from "./schedule.ts";
import type { TimeZone } from "./time-zone.ts";

export interface AdviceContext {
  global: GlobalValues;
  local: TimeZone;
  changes: ClockChanges;
}

/** What Ofelia takes without a word and its author hardly meant. The schedule is undefined where it is empty or broken. */
export function adviseOn(job: CronFileJob, schedule: Schedule | undefined, context: AdviceContext): Finding[] {
  const about = (key: string, message: string, cure: string): Finding => ({
    position: job.set.get(key)?.position ?? job.position,
    job: titleOf(job),
    message,
    cure,
  });
  return [
    ...cutCommand(job).map(([message, cure]) => about("command", message, cure)),
    ...hiddenNotices(job.values, context.global).map(([key, message, cure]) => about(key, message, cure)),
    ...(schedule === undefined ? [] : onSchedule(schedule, job.values.schedule, context).map(([message, cure]) => about("schedule", message, cure))),
  ];
}

function cutCommand({ set }: CronFileJob): [string, string][] {
  const comment = set.get("command")?.comment ?? null;
  if (comment === null) return [];
  return [[`The command ends before ${JSON.stringify(comment)}, which is a comment.`, "If it is part of the command, put the whole value in double quotes."]];
}

function hiddenNotices(values: GlobalValues, global: GlobalValues): [string, string, string][] {
  const cure = "Repeat the key of [global] here.";
  const hidden: [string, string, string][] = [];
  if (values["slack-only-on-error"] && values["slack-webhook"] === "" && global["slack-webhook"] !== "")
    hidden.push(["slack-only-on-error", "Its own Slack settings hide the webhook of [global], so nothing is sent.", cure]);
  if (values["save-only-on-error"] && values["save-folder"] === "" && global["save-folder"] !== "")
    hidden.push(["save-only-on-error", "Its own settings for saving hide the folder of [global], so nothing is saved.", cure]);
  if (hasAny(values, mailKeys) && (values["smtp-host"] === "" || values["email-to"] === "") && global["smtp-host"] !== "")
    hidden.push([
      mailKeys.find((key) => Boolean(values[key])) ?? "smtp-host",
      "Its own mail settings hide those of [global] and lack a host or a receiver.",
      cure,
    ]);
  return hidden;
}

function onSchedule(schedule: Schedule, text: string, { local, changes: clockChanges }: AdviceContext): [string, string][] {
  if (schedule.kind === "every") return [];
  const changes = affectedChanges(schedule, local, clockChanges).map<[string, string]>(({ date, effect }) =>
    effect === "skipped"
      ? [`On ${date} the clocks leave its hour out, and it does not run.`, "Choose an hour that every day has, or write TZ=UTC before the schedule."]
      : [`On ${date} the clocks show its hour twice, and it runs twice.`, "Choose an hour that comes once a day, or write TZ=UTC before the schedule."],
  );
  return [...(hasSteppedDays(schedule, text) ? [steppedDays] : []), ...changes];
}

const steppedDays: [string, string] = [
  "Its days are counted in steps, and so it runs when the day of the month or the day of the week fits, not when both do.",
  "Leave one of the two fields as *.",
];

function hasSteppedDays({ dayOfMonth, dayOfWeek }: CalendarSchedule, text: string): boolean {
  const fields = text.trim().split(/\s+/);
  return !dayOfMonth.open && !dayOfWeek.open && [fields.at(-3), fields.at(-1)].some((field) => /[*?]\/\d/.test(field ?? ""));
}
