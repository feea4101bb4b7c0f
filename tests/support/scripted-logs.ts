import { setTimeout as delay } from "node:timers/promises";
import type { Express, Response } from "express";
import { openEventStream, renderEvent } from "@freehold/kernel/sse";
import type { ScriptedJob } from "./scripted-job.ts";

/** Where each line of a log ends. Units: bytes. */
const endsOf = new WeakMap<string[], number[]>();

function ends(lines: string[]): number[] {
  const known = endsOf.get(lines) ?? [];
  endsOf.set(lines, known);
  for (let line = known.length; line < lines.length; line++) known.push((known[line - 1] ?? 0) + Buffer.byteLength(lines[line]!) + 1);
  return known;
}

/** The first line of which something lies behind an offset. */
function lineAt(lines: string[], offset: number): number {
  const known = ends(lines);
  let [low, high] = [0, known.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (known[middle]! > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

const isEnded = (state: string) => ["succeeded", "failed", "cancelled"].includes(state);

/** Logs, as the worker gives them: from any byte on, also from the middle of a line. */
export function serveLogs(app: Express, found: (response: Response) => ScriptedJob, readers: Set<Response>): void {
  app.get("/api/jobs/:id/log", async (request, response) => {
    const { job, lines } = found(response);
    readers.add(response);
    response.once("close", () => readers.delete(response));
    let offset = Number(request.get("last-event-id") ?? request.query["offset"] ?? 0);
    const stream = openEventStream(response);
    for (let line = lineAt(lines, offset); !stream.signal.aborted;) {
      if (line < lines.length) {
        let text = "";
        for (const last = Math.min(line + 500, lines.length); line < last; line++) {
          const end = ends(lines)[line]!;
          const start = end - Buffer.byteLength(lines[line]!) - 1;
          const data =
            offset > start
              ? Buffer.from(lines[line]!)
                  .subarray(offset - start)
                  .toString()
              : lines[line]!;
          offset = end;
          text += renderEvent({ id: end, event: "line", data });
        }
        await stream.sendText(text).catch(() => undefined);
      } else if (!isEnded(job.state)) await delay(20);
      else {
        await stream.send({ event: "done", data: JSON.stringify({ state: job.state }) }).catch(() => undefined);
        return stream.end();
      }
    }
  });
  app.get("/api/jobs/:id/log.ndjson", (_request, response) => {
    const { lines } = found(response);
    response.setHeader("content-length", ends(lines).at(-1) ?? 0);
    response.type("application/x-ndjson");
    const write = (from: number): void => {
      if (from >= lines.length || response.destroyed) return void response.end();
      const piece = lines.slice(from, from + 2_000).map((line) => `${line}\n`);
      if (response.write(piece.join(""))) setImmediate(write, from + 2_000);
      else response.once("drain", () => write(from + 2_000));
    };
    write(0);
  });
  app.get("/api/jobs/:id/log/search", (request, response) => {
    const { lines } = found(response);
    const text = String(request.query["text"]).toLowerCase();
    const places = ends(lines);
    const hits = lines.flatMap((line, index) => (line.toLowerCase().includes(text) ? [{ start: places[index - 1] ?? 0, end: places[index], text: line }] : []));
    response.json({ attempt: 1, lines: hits.slice(0, Number(request.query["limit"])), nextOffset: null, sizeBytes: places.at(-1) ?? 0 });
  });
}
