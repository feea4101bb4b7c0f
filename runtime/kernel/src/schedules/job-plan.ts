import { splitCommand } from "./command-line.ts";
import type { CronFileJob } from "./cron-file.ts";
import { forkKeys, type GlobalValues } from "./cron-file-keys.ts";
import { parseDuration } from "./duration.ts";
import { titleOf, type Finding } from "./finding.ts";
import { hasAny, planNotices } from "./notice-plan.ts";
import type { Schedule } from "./schedule.ts";
import { workOf, type Work } from "./work.ts";

/** `mapped`: it runs, but not in all as Ofelia would run it; the notes say in what. */
export type Verdict = "accepted" | "mapped" | "refused";

export interface JobPlan {
  verdict: Verdict;
  /** Null where it is refused. */
  work: Work | null;
  /** Units: milliseconds a run may take; null where the file does not say. */
  timeoutMs: number | null;
  notes: Finding[];
  refusals: Finding[];
}

export interface PlanOptions {
  global: GlobalValues;
  /** Whether the commands of job-run and job-exec may run in the home's own job container, for want of their image or container. */
  replaceContainers: boolean;
}

/** The manager takes such names, and keeps these for itself. */
const variableName = /^[A-Z_][A-Z0-9_]{0,99}$/;
const keptVariables = new Set(["PATH", "HOME", "CLAUDE_CONFIG_DIR", "ANTHROPIC_BASE_URL"]);
const ownUsers = new Set(["", "1000", "1000:1000", "node"]);

/** What becomes of a file's job in a home. What a home can't do is refused by name; nothing is dropped without a word. */
export function planJob(job: CronFileJob, schedule: Schedule | undefined, options: PlanOptions): JobPlan {
  const plan = new Planning(job);
  if (schedule === undefined) plan.refuse("schedule", "It has no schedule that could be kept.", "Write schedule = @daily, or cron fields.");
  const argv = splitCommand(job.values.command);
  if (argv.length === 0) plan.refuse("command", "It has no command.", "Write command = …");
  if (job.kind === "job-service-run")
    plan.refuse("", "job-service-run needs Docker Swarm, which a home does not have.", "Make it a job-local, whose command runs in a job's container.");
  if (job.kind === "job-run") planRun(plan, job.values, options);
  if (job.kind === "job-exec") planExec(plan, job.values, options);
  if (job.kind === "job-local") planFolder(plan, job.values.dir);
  const environment = "environment" in job.values ? planEnvironment(plan, job.values.environment ?? []) : {};
  if (job.kind === "job-compose") plan.refuse("", "job-compose needs Docker Compose, which a home does not have.", "Make it a job-local.");
  noteNotices(plan, job, options.global);
  const timeoutMs = planFork(plan, job);
  return plan.result(timeoutMs, () => workOf(argv, environment));
}

const longestMs = 86_400_000;

/** The fork's keys. Returns what `max-runtime` says. */
function planFork(plan: Planning, job: CronFileJob): number | null {
  for (const key of job.set.keys()) {
    if (!Object.hasOwn(forkKeys, key) || key === "max-runtime") continue;
    if (key === "history-limit" || key === "container-name") plan.note(key, `${key} has no effect here.`, `Remove ${key}.`);
    else plan.refuse(key, `${key} is a thing of the fork that a home does not have.`, `Remove ${key}, and what needs it.`);
  }
  const text = job.values["max-runtime"] ?? "";
  if (text === "") return null;
  const ms = Number((parseDuration(text) ?? 0n) / 1_000_000n);
  if (ms >= 1_000 && ms <= longestMs) return ms;
  plan.refuse("max-runtime", `${JSON.stringify(text)} is no duration between 1s and 24h.`, "Write it like 90m.");
  return null;
}

type ValuesOfKind<Kind> = Extract<CronFileJob, { kind: Kind }>["values"];

function planRun(plan: Planning, values: ValuesOfKind<"job-run">, { replaceContainers }: PlanOptions): void {
  if (values.container !== "")
    return plan.refuse(
      "container",
      `It starts the container ${values.container}, and a home starts none but its own.`,
      "Make it a job-local with that container's command.",
    );
  if (values.image === "") plan.refuse("image", "It names neither image nor container.", "Ofelia needs one of them; make it a job-local.");
  else if (replaceContainers)
    plan.note(
      "image",
      `It runs in the home's job image instead of ${values.image}.`,
      "See that its command is there: git, node, ripgrep and Debian's base tools are.",
    );
  else
    plan.refuse(
      "image",
      `It runs in the image ${values.image}, and a home's jobs run in the home's own.`,
      "Import with replaceContainers, if that image will do.",
    );
  for (const key of ["volume", "volumes-from"] as const)
    if (values[key] !== null)
      plan.refuse(key, "A job in a home sees its own workspace and no other folder.", `Remove ${key}, and have the command fetch what it needs.`);
  for (const key of ["network", "hostname"] as const)
    if (values[key] !== "") plan.refuse(key, "A job in a home has a network of its own that reaches the gateway.", `Remove ${key}.`);
  refuseUser(plan, values.user);
  if (values.delete !== "" && !isTrue(values.delete)) plan.note("delete", "Its container is removed all the same; log and workspace stay.", "Remove delete.");
  if (values.tty) plan.note("tty", "It gets no terminal.", "Remove tty.");
}

function planExec(plan: Planning, values: ValuesOfKind<"job-exec">, { replaceContainers }: PlanOptions): void {
  if (replaceContainers)
    plan.note(
      "container",
      `It runs in a job container of its own instead of ${values.container || "another"}.`,
      "See that its command does not need what is in that one.",
    );
  else
    plan.refuse(
      "container",
      `It runs inside the container ${values.container || "that it does not name"}, and a home lets no job into another container.`,
      "Import with replaceContainers, if a job's own container will do.",
    );
  refuseUser(plan, values.user);
  if (values.tty) plan.note("tty", "It gets no terminal.", "Remove tty.");
}

function refuseUser(plan: Planning, user: string): void {
  if (!ownUsers.has(user))
    plan.refuse("user", `It wants to run as ${user}; a home's jobs run as user 1000, without rights.`, "Remove user, and what needs it.");
}

function planFolder(plan: Planning, dir: string): void {
  if (dir !== "" && dir.replace(/\/+$/, "") !== "/workspace")
    plan.refuse(
      "dir",
      `It runs in ${dir}, a folder of the machine that Ofelia is on; a home's jobs begin in /workspace, empty.`,
      "Remove dir, and have the command fetch what it needs.",
    );
}

function planEnvironment(plan: Planning, items: readonly string[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const item of items) {
    const at = item.indexOf("=");
    const name = at === -1 ? item : item.slice(0, at);
    if (at === -1) plan.refuse("environment", `${JSON.stringify(item)} gives its variable no value.`, "Write NAME=value.");
    else if (keptVariables.has(name)) plan.refuse("environment", `${name} is set by the home.`, "Remove it.");
    else if (!variableName.test(name))
      plan.refuse("environment", `${JSON.stringify(name)} can't be the name of a variable here.`, "Use upper-case letters, digits and underscores.");
    else environment[name] = item.slice(at + 1);
  }
  return environment;
}

function noteNotices(plan: Planning, { values }: CronFileJob, global: GlobalValues): void {
  for (const { key, message, cure } of planNotices(values, global).notes) plan.note(key, message, cure);
  const save = hasAny(values, ["save-folder", "save-only-on-error"]) ? values : global;
  if (save["save-folder"] !== "")
    plan.note("save-folder", "Logs are kept with each run's job instead of in that folder.", "Read them there: GET /api/jobs/:id/log.");
}

/** As Go's `strconv.ParseBool`, with what it can't read for false. */
const isTrue = (text: string) => ["1", "t", "T", "true", "TRUE", "True"].includes(text);

class Planning {
  readonly #job: CronFileJob;
  readonly #notes: Finding[] = [];
  readonly #refusals: Finding[] = [];

  constructor(job: CronFileJob) {
    this.#job = job;
  }

  note(key: string, message: string, cure: string): void {
    this.#notes.push(this.#finding(key, message, cure));
  }

  refuse(key: string, message: string, cure: string): void {
    this.#refusals.push(this.#finding(key, message, cure));
  }

  result(timeoutMs: number | null, work: () => Work): JobPlan {
    const refused = this.#refusals.length > 0;
    const verdict = this.#notes.length > 0 ? "mapped" : "accepted";
    return { verdict: refused ? "refused" : verdict, work: refused ? null : work(), timeoutMs, notes: this.#notes, refusals: this.#refusals };
  }

  #finding(key: string, message: string, cure: string): Finding {
    return { position: this.#job.set.get(key)?.position ?? this.#job.position, job: titleOf(this.#job), message, cure };
  }
}
