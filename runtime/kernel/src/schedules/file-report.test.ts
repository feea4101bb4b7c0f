import { expect, test } from "@jest/globals";
import type { Dialect } from "./cron-file-keys.ts";
import { reportOn, type FileReport } from "./file-report.ts";
import { openTimeZone, utc, type TimeZone } from "./time-zone.ts";

const nowMs = Date.parse("2026-11-01T12:00:00Z");
interface Options {
  replaceContainers?: boolean;
  dialect?: Dialect;
  local?: TimeZone;
}

const report = (text: string, { replaceContainers = false, dialect = "mcuadros", local = utc }: Options = {}) =>
  reportOn(text, { nowMs, local, replaceContainers, dialect });
const only = (found: FileReport) => {
  expect(found.jobs).toHaveLength(1);
  return found.jobs[0] as FileReport["jobs"][number];
};
const messages = (list: { message: string }[]) => list.map(({ message }) => message);

test("a plain job is accepted, with its next runs in its own zone", () => {
  const found = report('[job-local "tidy"]\nschedule = TZ=Asia/Tokyo 0 9 * * 1-5\ncommand = find . -name "*.tmp" -delete\nenvironment = A=b=c\nno-overlap\n');
  expect(found).toMatchObject({ ok: true, errors: [], warnings: [] });
  expect(only(found)).toMatchObject({
    kind: "job-local",
    name: "tidy",
    line: 1,
    verdict: "accepted",
    timeZone: "Asia/Tokyo",
    next: ["2026-11-02T09:00:00+09:00", "2026-11-03T09:00:00+09:00", "2026-11-04T09:00:00+09:00"],
    noOverlap: true,
    work: { kind: "command", argv: ["find", ".", "-name", "*.tmp", "-delete"], environment: { A: "b=c" } },
    settings: { environment: ["A=b=c"], "no-overlap": true },
  });
});

test("a command that hands Claude Code a prompt becomes a prompt; one that does more stays a command", () => {
  const work = (command: string) => only(report(`[job-local "x"]\nschedule=@daily\ncommand = ${command}\n`)).work;
  expect(work(`claude -p 'Write the news' --model opus`)).toEqual({ kind: "prompt", prompt: "Write the news", model: "opus" });
  expect(work(`claude --print 'Write the news'`)).toEqual({ kind: "prompt", prompt: "Write the news" });
  for (const command of ["claude 'Write'", "claude -p a b", "claude -p 'a' --max-turns 3", "claude -p", "claude -p --resume", "/usr/bin/claude -p a"])
    expect(work(command)).toMatchObject({ kind: "command" });
});

test.each([
  ["job-service-run", '[job-service-run "x"]\nimage=a\ncommand=b\n', /Swarm/],
  ["job-exec", '[job-exec "x"]\ncontainer=db\ncommand=b\n', /container db/],
  ["job-run with an image", '[job-run "x"]\nimage=a\ncommand=b\n', /image a/],
  ["job-run with a container", '[job-run "x"]\ncontainer=old\ncommand=b\n', /container old/],
  ["job-run with neither", '[job-run "x"]\ncommand=b\n', /neither/],
  ["a folder of the machine", '[job-local "x"]\ndir=/srv\ncommand=b\n', /\/srv/],
  ["a command that is missing", '[job-local "x"]\n', /no command/],
  ["a command of blanks", '[job-local "x"]\ncommand="  "\n', /no command/],
  ["a variable of the home's", '[job-local "x"]\ncommand=b\nenvironment=PATH=/x\n', /PATH/],
  ["a variable in lower case", '[job-local "x"]\ncommand=b\nenvironment=path=/x\n', /path/],
  ["a variable without a value", '[job-local "x"]\ncommand=b\nenvironment=FOO\n', /FOO/],
])("%s is refused by name, with a cure", (_what, text, said) => {
  const job = only(report(`${text}schedule = @daily\n`));
  expect(job).toMatchObject({ verdict: "refused", work: null });
  expect(messages(job.refusals).join(" ")).toMatch(said);
  expect(job.refusals.every(({ cure, position }) => cure !== "" && position.line > 0)).toBe(true);
});

test("with leave to replace containers a job-run and a job-exec are mapped, and told how; what they need beyond that is refused", () => {
  const run = only(report('[job-run "x"]\nschedule=@daily\nimage=a\ncommand=b\npull=no\ndelete=no\n', { replaceContainers: true }));
  expect(run).toMatchObject({ verdict: "mapped", refusals: [] });
  expect(messages(run.notes)).toEqual([expect.stringContaining("instead of a"), expect.stringContaining("removed")]);
  expect(only(report('[job-exec "x"]\nschedule=@daily\ncontainer=db\ncommand=b\n', { replaceContainers: true })).verdict).toBe("mapped");
  const refused = only(
    report('[job-run "x"]\nschedule=@daily\nimage=a\ncommand=b\nvolume=/a:/b\nvolumes-from=c\nnetwork=n\nhostname=h\nuser=root\n', { replaceContainers: true }),
  );
  expect(refused.refusals.map(({ position }) => position.line)).toEqual([5, 6, 7, 8, 9]);
});

test("a schedule that is empty is warned of, one that is wrong is an error; neither job is taken", () => {
  const found = report('[job-local "none"]\ncommand=a\n[job-local "bad"]\ncommand=a\nschedule = 0 25 * * *\n');
  expect(found).toMatchObject({ ok: false, jobs: [{ verdict: "refused" }, { verdict: "refused" }] });
  expect(found.errors).toMatchObject([{ job: '[job-local "bad"]', position: { line: 5, column: 1 }, message: expect.stringContaining('"25" as hour') }]);
  expect(found.warnings).toMatchObject([{ job: '[job-local "none"]', position: { line: 1 } }]);
});

test("what Ofelia has no place for is an error with its line, and the rest is read all the same", () => {
  const found = report('[job-local "a"]\nschedule=@daily\ncommand=b\ncolour = red\n[webhook "x"]\nurl = y\n');
  expect(found.errors.map(({ position, message }) => [position.line, message])).toEqual([
    [4, '[job-local "a"] has no key colour.'],
    [5, "There is no section [webhook]."],
  ]);
  expect(found.jobs).toHaveLength(1);
});

test("a broken file is told with line, column, cause and cure", () => {
  expect(report('[job-local "a"]\nschedule : @daily\n').errors).toMatchObject([
    { position: { line: 2, column: 10 }, job: null, cure: expect.stringContaining("schedule = ") },
  ]);
});

test.each([
  ["a comment that cuts the command", "command = cd /srv; make\nschedule = @daily\n", /ends before "; make"/],
  ["days counted in steps", "command = a\nschedule = 0 0 */2 * 1\n", /counted in steps/],
  ["an hour that is left out", "command = a\nschedule = TZ=Europe/Zurich 30 2 * * *\n", /2027-03-28 .* leave its hour out/],
  ["an hour that comes twice", "command = a\nschedule = TZ=Europe/Zurich 30 2 * * *\n", /2027-10-31 .* twice/],
  ["Slack settings that hide the global ones", "command = a\nschedule = @daily\nslack-only-on-error = true\n", /hide the webhook/],
  ["save settings that hide the global ones", "command = a\nschedule = @daily\nsave-only-on-error = true\n", /hide the folder/],
  ["mail settings that hide the global ones", "command = a\nschedule = @daily\nmail-only-on-error = true\n", /mail settings hide/],
])("%s is warned of", (_what, text, said) => {
  const global = "[global]\nslack-webhook = http://127.0.0.1/hook\nsave-folder = /srv\nsmtp-host = mail\nemail-to = a@example.org\n";
  expect(messages(report(`${global}[job-local "x"]\n${text}`).warnings).join("\n")).toMatch(said);
});

test.each(["0 * * * *", "*/5 * * * *", "30 12 * * *", "30 2 * * 1", "0 0 1 * *", "@every 1h", "0 0 * */2 1"])("nothing is warned of in %s", (schedule) => {
  expect(report(`[job-local "x"]\ncommand = a\nschedule = ${schedule}\n`, { local: openTimeZone("Europe/Zurich") as TimeZone }).warnings).toEqual([]);
});

test("credentials are not shown", () => {
  const text = JSON.stringify(
    report(
      '[global]\nsmtp-password = hunter2\nslack-webhook = https://hooks.example/T0/B0/secret\n[job-local "x"]\nslack-webhook = https://hooks.example/own\n',
    ),
  );
  expect(text).not.toMatch(/hunter2|T0|\/own/);
  expect(text).toContain("https://hooks.example/[secret]");
});

test("Slack and mail are told as far as a home can, and what it can't send is named with its line", () => {
  const told = (text: string) =>
    only(report(`[job-local "x"]\nschedule = @daily\ncommand = a\n${text}`)).notes.map(({ message, position }) => [position.line, message]);
  expect(told("slack-webhook = https://hooks.example/T0\n")).toEqual([[4, expect.stringContaining("Slack is told")]]);
  expect(told("slack-webhook = hooks.example\n")).toEqual([[4, expect.stringContaining("Nothing is sent to Slack")]]);
  const mail = "smtp-host = mail.example.org\nemail-to = a@example.org\n";
  expect(told(`${mail}email-from = ops-%s@example.org\n`)).toEqual([[4, expect.stringContaining("Mails say")]]);
  expect(told(mail)).toEqual([[5, expect.stringContaining('No mail is sent: "" is no address')]]);
  expect(told("smtp-host = mail.example.org\n")).toEqual([]);
});

test("the fork's keys and sections are read only in its dialect, and what a home lacks is refused by name", () => {
  const text =
    '[webhook "ops"]\nurl = x\n[job-local "x"]\nschedule=@daily\ncommand=a\nmax-runtime = 90m\nhistory-limit = 5\n[job-compose "y"]\nschedule=@daily\ncommand=a\nservice=web\n';
  expect(report(text).errors).toHaveLength(4);
  const found = report(text, { dialect: "netresearch" });
  expect(found.errors).toEqual([]);
  expect(found.jobs).toMatchObject([
    { verdict: "mapped", timeoutMs: 5_400_000 },
    { verdict: "refused", refusals: [{ message: expect.stringContaining("Compose") }] },
  ]);
  expect(messages(found.warnings)).toEqual([expect.stringContaining('webhook "ops"')]);
  const refused = only(report('[job-local "x"]\nschedule=@daily\ncommand=a\nprivileged\nmax-runtime=2d\n', { dialect: "netresearch" }));
  expect(refused.refusals.map(({ position }) => position.line)).toEqual([4, 5]);
});
