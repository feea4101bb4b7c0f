// A manager and a gateway for the measured worker, in a process of their own: containers that print what they are told, and keys that open nothing.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Container {
  name: string;
  jobId: string;
  attempt: number;
  slot: number;
  state: "running" | "exited";
  pieces: Buffer[];
  sizeBytes: number;
  readers: Set<() => void>;
}

const containers = new Map<string, Container>();
const counts = { started: 0, mostRunning: 0, mostOfOneJob: 0 };
/** What a new container does: ends well at once, prints a number of lines and ends well, or waits to be told. */
let mode: { kind: "instant" | "hold" } | { kind: "flood"; lines: number } = { kind: "instant" };

const success = Buffer.from(`${JSON.stringify({ type: "result", subtype: "success", is_error: false, result: "done", permission_denials: [] })}\n`);

function print(container: Container, bytes: Buffer): void {
  container.pieces.push(bytes);
  container.sizeBytes += bytes.length;
  for (const reader of container.readers) reader();
}

function exit(container: Container): void {
  container.state = "exited";
  for (const reader of container.readers) reader();
}

/** About 300 bytes a line, in blocks, as the lines of Claude Code's stream are. */
function flood(lines: number): Buffer[] {
  const blocks: Buffer[] = [];
  for (let from = 0; from < lines; from += 1_000) {
    const count = Math.min(1_000, lines - from);
    const text = Array.from({ length: count }, (_none, index) => JSON.stringify({ type: "assistant", number: from + index, text: "lorem ipsum ".repeat(20) }));
    blocks.push(Buffer.from(`${text.join("\n")}\n`));
  }
  return blocks;
}

function start(name: string, request: { jobId: string; attempt: number; slot: number }): Container {
  const container: Container = { name, ...request, state: "running", pieces: [], sizeBytes: 0, readers: new Set() };
  containers.set(name, container);
  const running = [...containers.values()].filter(({ state }) => state === "running");
  counts.started++;
  counts.mostRunning = Math.max(counts.mostRunning, running.length);
  counts.mostOfOneJob = Math.max(counts.mostOfOneJob, running.filter(({ jobId }) => jobId === request.jobId).length);
  if (mode.kind === "flood") for (const block of flood(mode.lines)) print(container, block);
  if (mode.kind === "hold") return container;
  print(container, success);
  exit(container);
  return container;
}

const view = ({ name, jobId, attempt, slot, state }: Container) => ({
  name,
  jobId,
  attempt,
  slot,
  state,
  exitCode: state === "exited" ? 0 : null,
  oomKilled: false,
  finishedAt: state === "exited" ? new Date().toISOString() : null,
});

const json = (response: ServerResponse, status: number, body: unknown) =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

/** Sends from an offset on, and goes on as more is printed. */
function sendLog(container: Container, offset: number, response: ServerResponse): void {
  response.writeHead(200).flushHeaders();
  let piece = 0;
  let skip = offset;
  const send = () => {
    for (; piece < container.pieces.length; piece++) {
      const bytes = container.pieces[piece] as Buffer;
      if (skip < bytes.length) response.write(bytes.subarray(skip));
      skip = Math.max(0, skip - bytes.length);
    }
    if (container.state === "exited") response.end();
  };
  container.readers.add(send);
  response.once("close", () => container.readers.delete(send));
  send();
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://mock");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const [, area, name = "", action] = pathname.split("/");
  if (area === "mock") return control(name, body, response);
  if (area === "admin") return json(response, request.method === "DELETE" ? 204 : 200, adminAnswer(request.method, name));
  if (name === "") return json(response, 200, [...containers.values()].map(view));
  const container = containers.get(name);
  if (request.method === "PUT") return json(response, 200, view(container ?? start(name, JSON.parse(body.toString()) as Container)));
  if (request.method === "DELETE") return void (containers.delete(name), response.writeHead(204).end());
  if (container === undefined) return json(response, 404, { code: "container.unknown" });
  if (action === "log") return sendLog(container, Number(searchParams.get("offset")), response);
  if (action === "stop") exit(container);
  json(response, 200, view(container));
}

let keys = 0;
const adminAnswer = (method: string | undefined, what: string) => {
  if (method === "POST") return { id: `key-${++keys}`, key: "fh_none" };
  if (what === "keys") return { keys: [] };
  return what === "usage" ? { costUsd: 0, provider: "none" } : { active: "none", providers: [] };
};

/** The measurement's own calls: the mode, a line in every running container, the end of all. */
function control(what: string, body: Buffer, response: ServerResponse): void {
  if (what === "mode") mode = JSON.parse(body.toString()) as typeof mode;
  const running = [...containers.values()].filter(({ state }) => state === "running");
  if (what === "print") for (const container of running) print(container, Buffer.from(`{"type":"probe","at":"${process.hrtime.bigint()}"}\n`));
  if (what === "end")
    for (const container of running) {
      print(container, success);
      exit(container);
    }
  json(response, 200, { ...counts, running: running.length });
}

const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
