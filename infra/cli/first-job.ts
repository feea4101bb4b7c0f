import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "./failure.ts";
import type { HomeClient } from "./home-client.ts";

interface Job {
  id: string;
  title: string;
  state: string;
  provider: string | null;
  error: { code: string; message: string } | null;
}

const prompt = "Write a file hello.md that says: Hello from my home. An agent wrote this.";
const limitMs = 180_000;

/** Runs a home's first job, once in its life: a home that has any job is left alone. Answers with that job. */
export async function ensureFirstJob(home: HomeClient, say: (line: string) => void): Promise<Job | undefined> {
  const { jobs } = await home.get<{ jobs: Job[] }>("/api/jobs?limit=1");
  if (jobs.length > 0) return undefined;
  say(`First job: "${prompt}"`);
  const { id } = await home.post<Job>("/api/jobs", { prompt, title: "First job", idempotencyKey: "first-job" });
  const job = await finished(home, id, say);
  if (job.state !== "succeeded")
    throw new Failure(`The first job ${job.state}: ${job.error?.message ?? "no reason given"}`, "Its log is in the console; `npm start` does not repeat it.");
  const { entries } = await home.get<{ entries: { name: string }[] }>(`/api/jobs/${id}/files?path=`);
  say(
    `It ${job.state} and left ${entries.map(({ name }) => name).join(", ")}${job.provider === "rehearsal" ? " (answered by the rehearsal model, which is no real model)" : ""}.`,
  );
  return job;
}

async function finished(home: HomeClient, id: string, say: (line: string) => void): Promise<Job> {
  let state = "";
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await delay(500)) {
    const job = await home.get<Job>(`/api/jobs/${id}`);
    if (job.state !== state) say(`  ${(state = job.state)}`);
    if (["succeeded", "failed", "cancelled"].includes(job.state)) return job;
  }
  throw new Failure(`The first job did not end within ${limitMs / 1_000} s.`, "Look at its log in the console, and at `npm run freehold -- status`.");
}
