import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../failure.ts";
import { ApiFailure, type HomeClient } from "../home-client.ts";

/** What the command line reads of a job; the API's document says all. */
export interface Job {
  id: string;
  title: string;
  prompt: string;
  model: string | null;
  state: string;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  result: string | null;
  error: { code: string; message: string } | null;
  costUsd: number | null;
  provider: string | null;
  maxAttempts: number;
  attempts: { number: number; state: string; startedAt: string; finishedAt: string | null; error: { code: string; message: string } | null }[];
}

const endedStates = ["succeeded", "failed", "cancelled"];
export const hasEnded = ({ state }: Pick<Job, "state">): boolean => endedStates.includes(state);

/** How a command that waited for a job ends; the README has the same list. */
export const exitCodes: Readonly<Record<string, number>> = { succeeded: 0, failed: 3, cancelled: 4 };
export const exitCodeOf = ({ state }: Pick<Job, "state">): number => exitCodes[state] ?? 1;

/** `last` means the newest job. Throws: Failure when there is none, or it is no id. */
export async function jobIdOf(home: HomeClient, given: string): Promise<string> {
  if (given !== "last") {
    if (/^[0-9a-f-]{36}$/i.test(given)) return given;
    throw new Failure(`"${given}" is no id of a job.`, "Take one from `npm run freehold -- jobs ls`, or write last for the newest.");
  }
  const { jobs } = await home.get<{ jobs: Job[] }>("/api/jobs?limit=1");
  if (jobs[0] === undefined) throw new Failure("There is no job yet.", 'Run one: npm run freehold -- jobs run "…"');
  return jobs[0].id;
}

const patienceMs = 120_000;

/** Does a read again while the home restarts. Throws: what the last try threw, and at once what will not change. */
export async function patiently<T>(read: () => Promise<T>, everyMs = 1_000): Promise<T> {
  for (const until = Date.now() + patienceMs; ; await delay(everyMs)) {
    try {
      return await read();
    } catch (thrown) {
      if ((thrown instanceof ApiFailure && thrown.status < 500) || Date.now() > until) throw thrown;
    }
  }
}

/** Waits until a job has ended, through restarts of the home; tells each new state. */
export async function untilEnded(home: HomeClient, id: string, onState: (job: Job) => void, everyMs = 1_000): Promise<Job> {
  for (let state = ""; ; await delay(everyMs)) {
    const job = await patiently(() => home.get<Job>(`/api/jobs/${id}`));
    if (job.state !== state) onState(job);
    state = job.state;
    if (hasEnded(job)) return job;
  }
}
