import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { get, type ClientRequest } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../../tests/support/until.ts";
import type { Tempo } from "./api.ts";
import { authorization, type Place } from "./place.ts";
import { spreadOf, timed, type Figure } from "./samples.ts";

interface Job {
  id: string;
  state: string;
}

const setMode = (place: Place, mode: object) => place.call("POST", `${place.mock}/mock/mode`, mode);
const post = (place: Place) => place.call<Job>("POST", `${place.worker}/api/jobs`, { prompt: "log" });
const pathOf = (place: Place, id: string) => join(place.jobsDir, id, "attempts", "1.ndjson");
const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
const ended = (place: Place, id: string) =>
  until("the job to end", async () => (await place.call<Job>("GET", `${place.worker}/api/jobs/${id}`)).state === "succeeded", { timeoutMs: 120_000 });

/** From the first bytes in the file to the last; the mock has all of the lines ready. */
export async function measureAppend(place: Place, { floodLines }: Tempo): Promise<Figure> {
  await setMode(place, { kind: "flood", lines: floodLines });
  const { id } = await post(place);
  const path = pathOf(place, id);
  await until("the first line", () => sizeOf(path) > 0, { everyMs: 1 });
  const cpuFrom = place.cpuMs();
  const first = { atMs: performance.now(), bytes: sizeOf(path) };
  let last = first;
  for (let over = false; !over; await delay(2)) {
    const bytes = sizeOf(path);
    if (bytes > last.bytes) last = { atMs: performance.now(), bytes };
    over = performance.now() - last.atMs > 1_500;
  }
  const cpuMs = place.cpuMs() - cpuFrom;
  await ended(place, id);
  const bytes = readFileSync(path);
  const took = last.atMs - first.atMs;
  const share = (last.bytes - first.bytes) / bytes.length;
  return {
    name: `log lines appended, of ${Math.round(bytes.length / floodLines)} bytes each`,
    baseline: "the same bytes written to a file in pieces of 64 KB, with fsync",
    unit: "/s",
    worker: { p50: (floodLines * share) / (took / 1_000), cpuMs: (cpuMs * 1_000) / floodLines },
    plain: { p50: floodLines / (writeAll(join(place.jobsDir, "plain.ndjson"), bytes) / 1_000) },
    goal: { least: 100_000 },
  };
}

function writeAll(path: string, bytes: Buffer): number {
  const from = performance.now();
  const file = openSync(path, "w");
  for (let offset = 0; offset < bytes.length; offset += 65_536) writeSync(file, bytes, offset, Math.min(65_536, bytes.length - offset));
  fsyncSync(file);
  closeSync(file);
  return performance.now() - from;
}

export async function measureReplay(place: Place, { replays }: Tempo): Promise<Figure> {
  await setMode(place, { kind: "flood", lines: 50_000 });
  const { id } = await post(place);
  await ended(place, id);
  const read = (url: string) => readAll(url);
  const events = `${place.worker}/api/jobs/${id}/log`;
  const file = `${place.plain}/file?path=${encodeURIComponent(pathOf(place, id))}`;
  await read(events);
  await read(file);
  return {
    name: "replay of 50,000 lines as events",
    baseline: "the file as it is, from a bare server",
    unit: "ms",
    worker: await place.withCpu(replays, () => timed(replays, () => read(events))),
    plain: await timed(replays, () => read(file)),
    goal: { p50: 300 },
  };
}

const readAll = (url: string) =>
  new Promise<number>((resolve, reject) => {
    let bytes = 0;
    get(url, { headers: { authorization }, agent: false }, (response) =>
      response
        .on("data", (chunk: Buffer) => (bytes += chunk.length))
        .once("end", () => resolve(bytes))
        .once("error", reject),
    ).once("error", reject);
  });

/** Readers of one stream; `took` has how long each probe needed to each of them. */
class Watchers {
  readonly took: number[] = [];
  readonly #open: ClientRequest[] = [];

  async add(url: string, count: number): Promise<void> {
    for (let index = 0; index < count; index++)
      await new Promise<void>((resolve, reject) => {
        const request = get(url, { headers: { authorization }, agent: false }, (response) => {
          let rest = "";
          response.setEncoding("utf8").on("data", (text: string) => (rest = this.#read(rest + text)));
          response.once("error", () => undefined);
          resolve();
        });
        request.once("error", reject);
        this.#open.push(request);
      });
  }

  #read(text: string): string {
    const now = process.hrtime.bigint();
    const lines = text.split("\n");
    for (const line of lines.slice(0, -1)) {
      const at = /"probe","at":"(\d+)"/.exec(line)?.[1];
      if (at !== undefined) this.took.push(Number(now - BigInt(at)) / 1e6);
    }
    return lines.at(-1) ?? "";
  }

  close(): void {
    for (const request of this.#open) request.on("error", () => undefined).destroy();
  }
}

async function watch({ stream, print, watchers, lines }: { stream: string; print: () => Promise<unknown>; watchers: number; lines: number }) {
  const readers = new Watchers();
  await readers.add(stream, watchers);
  // A first line that does not count: streams are open by then.
  await print();
  await until("all readers to hear", () => readers.took.length === watchers, { timeoutMs: 20_000 });
  readers.took.length = 0;
  for (let line = 1; line <= lines; line++) {
    await print();
    await until("all readers to hear", () => readers.took.length === line * watchers, { timeoutMs: 20_000, everyMs: 5 });
    await delay(20);
  }
  readers.close();
  return spreadOf(readers.took);
}

/** How long a line takes from the container's mouth to its readers' ears. */
export async function measureWatchers(place: Place, { watchers, lines }: Tempo): Promise<Figure[]> {
  await setMode(place, { kind: "hold" });
  const figures: Figure[] = [];
  for (const count of [1, watchers]) {
    const { id } = await post(place);
    await until("the container", async () => (await place.call<{ running: number }>("POST", `${place.mock}/mock/counts`)).running === 1, { timeoutMs: 30_000 });
    const stream = `${place.worker}/api/jobs/${id}/log`;
    const print = () => place.call("POST", `${place.mock}/mock/print`);
    figures.push({
      name: count === 1 ? "a line to its watcher" : `a line to each of ${count} watchers`,
      baseline: "a bare server that relays lines",
      unit: "ms",
      worker: await place.withCpu(lines + 1, () => watch({ stream, print, watchers: count, lines })),
      plain: await watch({ stream: `${place.plain}/events`, print: () => fetch(`${place.plain}/print`), watchers: count, lines }),
      goal: count === 1 ? { p50: 100, p99: 100 } : { p99: 1_000 },
    });
    await place.call("POST", `${place.mock}/mock/end`);
    await ended(place, id);
  }
  return figures;
}
