import { setTimeout as delay } from "node:timers/promises";
import { ApiFailure, type HomeClient } from "../home-client.ts";
import { hasEnded, patiently, type Job } from "./job.ts";

export interface LogEvent {
  attempt: number;
  /** Units: bytes from the beginning of the attempt's log to after this line. */
  offset: number;
  line: string;
}

interface StreamEvent {
  event: string;
  id: string;
  data: string;
}

const retryMs = 500;
/** The home sends a comment each 15 seconds: this much silence means a dead connection. */
const silenceMs = 60_000;
const mostFailures = 240;

/**
 * The lines of a job's log as they come, over all attempts that follow or of the one that is asked for. A broken connection
 * goes on at the byte where it broke. Ends when the job has; throws what can't change.
 */
export async function* followLog(home: HomeClient, id: string, from: { attempt?: number; offset?: number } = {}): AsyncGenerator<LogEvent> {
  const job = await patiently(() => home.get<Job>(`/api/jobs/${id}`));
  let attempt = from.attempt ?? job.attempts.at(-1)?.number ?? 1;
  let offset = from.offset ?? 0;
  for (;;) {
    for await (const event of followAttempt(home, id, { attempt, offset, named: from.attempt !== undefined || job.attempts.length > 0 || attempt > 1 }))
      yield event;
    if (from.attempt !== undefined) return;
    const next = await nextAttempt(home, id, attempt);
    if (next === undefined) return;
    attempt = next;
    offset = 0;
  }
}

interface Place {
  attempt: number;
  offset: number;
  /** Whether that attempt is there; a job's first one is waited for. */
  named: boolean;
}

async function* followAttempt(home: HomeClient, id: string, place: Place): AsyncGenerator<LogEvent> {
  let { offset, named } = place;
  for (let failures = 0; failures < mostFailures; failures++, await delay(retryMs)) {
    try {
      const path = `/api/jobs/${id}/log${named ? `?attempt=${place.attempt}` : ""}`;
      const { body } = await home.send("GET", path, { headers: offset === 0 ? {} : { "last-event-id": String(offset) }, bodyTimeout: silenceMs });
      for await (const { event, id: at, data } of eventsOf(body)) {
        if (event === "done") return;
        if (event !== "line") continue;
        named = true;
        failures = 0;
        offset = Number(at);
        yield { attempt: place.attempt, offset, line: data };
      }
    } catch (thrown) {
      if ((thrown instanceof ApiFailure && thrown.status < 500) || failures + 1 === mostFailures) throw thrown;
    }
  }
}

/** The attempt after one that has ended; undefined when the job has ended with it. */
async function nextAttempt(home: HomeClient, id: string, last: number): Promise<number | undefined> {
  for (;;) {
    const job = await patiently(() => home.get<Job>(`/api/jobs/${id}`));
    const newest = job.attempts.at(-1)?.number ?? 0;
    if (newest > last) return last + 1;
    if (hasEnded(job)) return undefined;
    await delay(retryMs);
  }
}

/** Source: WHATWG HTML, section "Server-sent events". */
async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  let event = { event: "message", id: "", data: "" };
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (event.data !== "") yield { ...event, data: event.data.slice(1) };
        event = { event: "message", id: "", data: "" };
      }
      const [, field, value = ""] = /^(event|id|data):? ?(.*)$/s.exec(line) ?? [];
      if (field === "data") event.data += `\n${value}`;
      else if (field === "event" || field === "id") event[field] = value;
    }
  }
}
