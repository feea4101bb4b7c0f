import type { QueueView } from "../../../runtime/kernel/src/api/queue.ts";
import { Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import type { HomeClient } from "../home-client.ts";
import { answerApproval, listApprovals, renderApprovals } from "./approvals.ts";
import { copy } from "./copy.ts";
import { durationOf, jobRequestOf, numberOf, type RunOptions } from "./job-request.ts";
import { exitCodeOf, jobIdOf, untilEnded, type Job } from "./job.ts";
import { followLog } from "./log-stream.ts";
import { harmless, readable } from "./log-text.ts";
import { renderQueue } from "./queue.ts";
import { renderJob, renderJobs } from "./table.ts";

interface Shown {
  json?: true;
}

const collect = (value: string, before: string[]) => [...before, value];
const pretty = (value: unknown) => JSON.stringify(value, null, 2);
const jobArgument = "id of the job, or last for the newest";

/** `freehold jobs`: everything about jobs from the command line, over the same API as the console. */
export function jobsCommand(context: CommandContext): Command {
  const jobs = new Command("jobs").description("run jobs, watch them, and fetch what they made").addHelpText(
    "after",
    `
Examples:
  freehold jobs run "Write hello.md" --follow     run it and watch; ends with the job's outcome
  freehold jobs run --file task.md --wait --json  for scripts: exit code 0 succeeded, 3 failed, 4 cancelled
  freehold jobs logs -f last                      watch the newest job
  freehold jobs cp last:report.pdf .              fetch a file; last: out.zip fetches the whole workspace

Without FREEHOLD_URL the home on this machine is asked. FREEHOLD_URL=https://console.example.org with FREEHOLD_TOKEN asks another.`,
  );
  addRun(jobs, context);
  addReading(jobs, context);
  addChanging(jobs, context);
  addApprovals(jobs, context);
  addQueue(jobs, context);
  return jobs;
}

interface Run extends RunOptions, Shown {
  follow?: true;
  wait?: true;
}

function addRun(jobs: Command, { withHome, say, note, exit }: CommandContext): void {
  jobs
    .command("run")
    .argument("[prompt...]", "what to do")
    .description("queue a job")
    .option("--file <path>", "take the prompt from a file; - is standard input")
    .option("--template <name>", "make the prompt of a template")
    .option("--input <field=value>", "what the template wants to know; several times", collect, [])
    .option("--attach <file[:path]>", "put a file into the workspace; several times", collect, [])
    .option("--model <name>", "which model")
    .option("--title <text>", "what lists call it")
    .option("--attempts <number>", "how often it is tried at most", numberOf)
    .option("--timeout <duration>", "how long an attempt may take: 90s, 15m, 2h", durationOf)
    .option("--priority <number>", "-100 to 100; higher ones run first", numberOf)
    .option("--budget <usd>", "what it may cost", numberOf)
    .option("--permission-mode <mode>", "how Claude Code treats tools; ask asks you")
    .option("--key <text>", "an idempotency key: the same command twice makes one job")
    .option("--follow", "show its log until it has ended; the exit code tells the outcome")
    .option("--wait", "wait until it has ended; the exit code tells the outcome")
    .option("--json", "print the job as JSON")
    .action((words: string[], options: Run) =>
      withHome(async (home) => {
        const made = await home.post<Job>("/api/jobs", await jobRequestOf(home, words, options));
        if (options.follow) {
          note(`Job ${made.id}`);
          await showLog(home, made.id, {}, options.json ? note : say);
        }
        const waits = options.follow === true || options.wait === true;
        const job = waits ? await untilEnded(home, made.id, ({ state }) => note(state)) : made;
        if (options.json) say(pretty(job));
        else if (options.follow !== true) say(waits ? renderJob(job) : job.id);
        if (waits) exit(exitCodeOf(job));
      }),
    );
}

const showLog = async (home: HomeClient, id: string, from: { attempt?: number; offset?: number }, say: (text: string) => void) => {
  for await (const { line } of followLog(home, id, from)) {
    const text = readable(line);
    if (text !== undefined) say(text);
  }
};

interface ListOptions extends Shown {
  state?: string;
  search?: string;
  schedule?: string;
  from?: string;
  to?: string;
  limit: string;
}

function addReading(jobs: Command, { withHome, say }: CommandContext): void {
  jobs
    .command("ls")
    .description("list jobs, newest first")
    .option("--state <states>", "only these, such as queued,running")
    .option("--search <words>", "only those whose title or prompt has the words")
    .option("--schedule <id>", "only those of a schedule")
    .option("--from <time>", "only those made since")
    .option("--to <time>", "only those made before")
    .option("--limit <number>", "how many at most", "20")
    .option("--json", "print JSON")
    .action(({ json, ...filter }: ListOptions) =>
      withHome(async (home) => {
        const query = new URLSearchParams(Object.entries(filter));
        const page = await home.get<{ jobs: Job[] }>(`/api/jobs?${query.toString()}`);
        say(json ? pretty(page) : renderJobs(page.jobs, Date.now()));
      }),
    );
  jobs
    .command("show")
    .argument("<job>", jobArgument)
    .description("show a job with its attempts and result")
    .option("--json", "print JSON")
    .action((given: string, { json }: Shown) =>
      withHome(async (home) => {
        const job = await home.get<Job>(`/api/jobs/${await jobIdOf(home, given)}`);
        say(json ? pretty(job) : renderJob(job));
      }),
    );
  jobs
    .command("logs")
    .argument("<job>", jobArgument)
    .description("show a job's log")
    .option("-f, --follow", "go on until the job has ended, through restarts of the home")
    .option("--attempt <number>", "of this attempt instead of the newest", numberOf)
    .option("--offset <bytes>", "begin after so many bytes", numberOf)
    .option("--raw", "print the lines as they are, JSON of Claude Code's stream")
    .action((given: string, options: { follow?: true; attempt?: number; offset?: number; raw?: true }) =>
      withHome(async (home) => {
        const id = await jobIdOf(home, given);
        const print = (line: string) => {
          const text = options.raw ? line : readable(line);
          if (text !== undefined) say(text);
        };
        if (options.follow) for await (const { line } of followLog(home, id, options)) print(line);
        else for (const line of await storedLog(home, id, options)) print(line);
      }),
    );
}

async function storedLog(home: HomeClient, id: string, { attempt, offset = 0 }: { attempt?: number; offset?: number }): Promise<string[]> {
  const { body } = await home.send("GET", `/api/jobs/${id}/log.ndjson${attempt === undefined ? "" : `?attempt=${attempt}`}`);
  const bytes = Buffer.from(await body.arrayBuffer());
  return bytes
    .subarray(offset)
    .toString()
    .split("\n")
    .filter((line) => line !== "");
}

function addChanging(jobs: Command, { withHome, say, note, exit }: CommandContext): void {
  const tell = (job: Job, { json }: Shown) => say(json ? pretty(job) : `${job.id}  ${job.state}`);
  for (const [name, description] of [
    ["cancel", "stop a job with all that runs in it"],
    ["retry", "give a failed or cancelled job another attempt"],
  ] as const)
    jobs
      .command(name)
      .argument("<job>", jobArgument)
      .description(description)
      .option("--json", "print the job as JSON")
      .action((given: string, shown: Shown) => withHome(async (home) => tell(await home.post<Job>(`/api/jobs/${await jobIdOf(home, given)}/${name}`), shown)));
  jobs
    .command("resume")
    .argument("<job>", jobArgument)
    .argument("<prompt...>", "what to do next, in the same session and workspace")
    .description("let a job that has ended go on with another task")
    .option("--wait", "wait until it has ended; the exit code tells the outcome")
    .option("--json", "print the job as JSON")
    .action((given: string, words: string[], options: Shown & { wait?: true }) =>
      withHome(async (home) => {
        const job = await home.post<Job>(`/api/jobs/${await jobIdOf(home, given)}/resume`, { prompt: words.join(" ") });
        if (!options.wait) return tell(job, options);
        const ended = await untilEnded(home, job.id, ({ state }) => note(state));
        say(options.json ? pretty(ended) : renderJob(ended));
        exit(exitCodeOf(ended));
      }),
    );
  jobs
    .command("rm")
    .argument("<job...>", "ids of jobs that have ended")
    .description("delete jobs with their logs and files")
    .action((given: string[]) =>
      withHome(async (home) => {
        for (const one of given) {
          const id = await jobIdOf(home, one);
          await (await home.send("DELETE", `/api/jobs/${id}`)).body.dump();
          say(`${id}  deleted`);
        }
      }),
    );
  jobs
    .command("cp")
    .argument("<from>", "a file here, or JOB:path")
    .argument("<to>", "JOB:path, or a file or folder here; - is standard output")
    .description("copy a file from or to a job's workspace; JOB:folder to a name.zip or name.tar.gz fetches the folder")
    .action((from: string, to: string) =>
      withHome(async (home) => {
        const done = await copy(home, from, to);
        if (done !== "") say(done);
      }),
    );
}

function addApprovals(jobs: Command, { withHome, say }: CommandContext): void {
  jobs
    .command("approvals")
    .description("list what jobs ask for and wait to be allowed")
    .option("--json", "print JSON")
    .action(({ json }: Shown) =>
      withHome(async (home) => {
        const approvals = await listApprovals(home);
        say(json ? pretty({ approvals }) : renderApprovals(approvals));
      }),
    );
  for (const [name, decision, done] of [
    ["approve", "allow", "allowed"],
    ["deny", "deny", "denied"],
  ] as const)
    jobs
      .command(name)
      .argument("<approval>", "id of what is asked, or of a job that asks one thing")
      .description(`${decision} what a job asks for`)
      .option("--message <text>", "what the job is told beside")
      .action((given: string, { message }: { message?: string }) =>
        withHome(async (home) => {
          const { summary } = await answerApproval(home, given, { decision, ...(message === undefined ? {} : { message }) });
          say(harmless(`${done} ${summary.split("\n", 1)[0] ?? ""}`));
        }),
      );
}

function addQueue(jobs: Command, { withHome, say }: CommandContext): void {
  const queue = jobs.command("queue").description("show the queue, pause it, let it go on");
  const show = ({ json }: Shown) =>
    withHome(async (home) => {
      const state = await home.get<QueueView>("/api/queue");
      say(json ? pretty(state) : renderQueue(state));
    });
  queue.command("status", { isDefault: true }).description("show what runs and waits").option("--json", "print JSON").action(show);
  queue
    .command("pause")
    .description("start no more jobs; what runs goes on")
    .option("--reason <text>", "why, for the others")
    .action(async ({ reason }: { reason?: string }) => {
      await withHome((home) => home.post("/api/queue/pause", reason === undefined ? {} : { reason }));
      await show({});
    });
  queue
    .command("resume")
    .description("start jobs again")
    .action(async () => {
      await withHome((home) => home.post("/api/queue/resume", {}));
      await show({});
    });
}
