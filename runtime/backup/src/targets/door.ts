import { readFile, writeFile } from "node:fs/promises";
import { Agent, createServer, request as plainRequest, type IncomingMessage, type RequestOptions, type Server, type ServerResponse } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { Transform, type Duplex } from "node:stream";
import { createSecureContext, TLSSocket, type SecureContext } from "node:tls";
import { systemCodeOf } from "@freehold/kernel/errors";
import { backupError } from "../errors.ts";
import { run } from "../process.ts";
import type { KeptAnswers } from "./kept-answers.ts";

/** One request that went through the door and was answered. Units: bytes of the bodies. */
export interface SeenRequest {
  method: string;
  /** With its query. */
  path: string;
  status: number;
  sentBytes: number;
  receivedBytes: number;
}

export interface DoorSettings {
  /** `host:port` as restic calls it → where that really is. */
  upstreams: ReadonlyMap<string, URL>;
  /** `host:port` that restic may call uncounted, such as where it gets its access token. */
  passed?: readonly string[];
  /** Keeps the certificate. */
  folder: string;
  /** Answers that need not be asked for again. */
  kept: KeptAnswers;
  onRequest: (seen: SeenRequest) => void;
}

/** The one way from restic to a bucket. */
export interface Door {
  proxyUrl: string;
  /** What restic must trust, beside the world's authorities. */
  certificateFile: string;
  close(): Promise<void>;
}

const connectTimeoutMs = 5_000;
const systemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Every request to a bucket is counted by what is really sent: a proxy on the loopback answers as the bucket, with a certificate made for
 * this run, and passes each request on as it is. It leads to the bucket and nowhere else. An emulator is reached in the bucket's place in the same way.
 */
export async function openDoor({ upstreams, passed = [], folder, kept, onRequest }: DoorSettings): Promise<Door> {
  const { context, certificateFile } = await makeCertificate(folder, [...upstreams.keys()]);
  const sockets = new Set<Duplex>();
  const agents = { plain: new Agent({ keepAlive: true }), secure: new SecureAgent({ keepAlive: true }) };
  const pass = (upstream: URL, asked: IncomingMessage, answer: ServerResponse) => passOn({ upstream, agents, kept, onRequest }, asked, answer);
  const inner = new Map([...upstreams].map(([host, upstream]) => [host, createServer((asked, answer) => pass(upstream, asked, answer))]));
  const door = createServer((asked, answer) => {
    const upstream = plainUpstream(asked, upstreams);
    if (upstream === undefined) return void answer.writeHead(403).end("Only the bucket is behind this door.");
    asked.url = asked.url?.slice(new URL(asked.url).origin.length) ?? "/";
    pass(upstream, asked, answer);
  });
  for (const server of [door, ...inner.values()]) withoutLimits(server);
  door.on("connection", (socket) => track(socket, sockets));
  door.on("connect", async (asked: IncomingMessage, socket: Socket) => {
    const host = asked.url ?? "";
    const [known, blind] = [upstreams.get(host), passed.includes(host)];
    if (known === undefined && !blind) return void socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const probe = await reach(known ?? new URL(`https://${host}`)).catch(() => undefined);
    if (probe === undefined) return void socket.end("HTTP/1.1 502 Bad Gateway: the bucket does not answer\r\n\r\n");
    track(probe, sockets);
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (blind) return joinStreams(socket, probe);
    probe.destroy();
    const secured = new TLSSocket(socket, { isServer: true, secureContext: context });
    track(secured, sockets);
    inner.get(host)?.emit("connection", secured);
  });
  await new Promise<void>((resolve, reject) => door.listen(0, "127.0.0.1", resolve).once("error", reject));
  const close = () =>
    new Promise<void>((resolve) => {
      door.close(() => resolve());
      for (const socket of sockets) socket.destroy();
      agents.plain.destroy();
      agents.secure.destroy();
    });
  return { proxyUrl: `http://127.0.0.1:${(door.address() as AddressInfo).port}`, certificateFile, close };
}

/** A bucket without TLS is asked by its whole address. */
function plainUpstream({ url = "" }: IncomingMessage, upstreams: DoorSettings["upstreams"]): URL | undefined {
  if (!url.startsWith("http://")) return undefined;
  const { hostname, port } = new URL(url);
  const upstream = upstreams.get(`${hostname}:${port || "80"}`);
  return upstream?.protocol === "http:" ? upstream : undefined;
}

interface Passing {
  upstream: URL;
  agents: { plain: Agent; secure: SecureAgent };
  kept: KeptAnswers;
  onRequest: (seen: SeenRequest) => void;
}

function passOn({ upstream, agents, kept, onRequest }: Passing, asked: IncomingMessage, answer: ServerResponse): void {
  const { method = "GET", url: path = "/" } = asked;
  const known = kept.find(asked);
  if (known !== undefined) return void (asked.resume(), answer.writeHead(known.status, known.headers).end(known.body));
  const options: RequestOptions = { hostname: upstream.hostname, port: upstream.port, method, path, headers: asked.headers, setHost: false };
  const asking = upstream.protocol === "https:" ? secureRequest({ ...options, agent: agents.secure }) : plainRequest({ ...options, agent: agents.plain });
  const sent = byteCount();
  const received = byteCount();
  // Cut, not answered: restic then says what really happened, and asks again.
  const cut = () => void (asking.destroy(), answer.destroy());
  asking.once("error", cut);
  asked.once("error", cut);
  answer.once("close", () => void (answer.writableFinished || asking.destroy()));
  asking.once("response", (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.once("error", cut);
    kept.watch(asked, response, received.stream);
    response.pipe(received.stream).pipe(answer);
    answer.once("finish", () => onRequest({ method, path, status: response.statusCode ?? 0, sentBytes: sent.bytes(), receivedBytes: received.bytes() }));
  });
  asked.pipe(sent.stream).pipe(asking);
}

function byteCount(): { stream: Transform; bytes: () => number } {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, bytes: () => bytes };
}

/** An upload may take as long as restic lets it. */
function withoutLimits(server: Server): void {
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.keepAliveTimeout = 0;
}

/** A name that nobody answers to may take long to find out about. */
function reach({ hostname, port, protocol }: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port || (protocol === "https:" ? 443 : 80)) });
    const overdue = setTimeout(() => socket.destroy(), connectTimeoutMs);
    const fail = () => {
      clearTimeout(overdue);
      reject(new Error(`${hostname} does not answer`));
    };
    socket.once("error", fail).once("close", fail);
    socket.once("connect", () => {
      clearTimeout(overdue);
      resolve(socket);
    });
  });
}

function joinStreams(client: Duplex, upstream: Duplex): void {
  client.pipe(upstream).pipe(client);
  client.on("error", () => upstream.destroy()).once("close", () => upstream.destroy());
  upstream.once("close", () => client.destroy());
}

function track(socket: Duplex, sockets: Set<Duplex>): void {
  sockets.add(socket);
  socket.on("error", () => socket.destroy());
  socket.once("close", () => sockets.delete(socket));
}

async function makeCertificate(folder: string, addresses: readonly string[]): Promise<{ context: SecureContext; certificateFile: string }> {
  const [keyFile, ownFile, certificateFile] = [join(folder, "door.key"), join(folder, "door.pem"), join(folder, "trusted.pem")];
  const names = addresses.map((address) => `DNS:${address.replace(/:\d+$/, "")}`).join(",");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", keyFile];
  const certificate = ["-x509", "-days", "3650", "-subj", "/CN=bucket door", "-addext", `subjectAltName=${names}`, "-out", ownFile];
  const { exitCode, stderr } = await run({ program: "openssl", args: ["req", ...key, ...certificate], timeoutMs: 30_000 });
  if (exitCode !== 0) throw backupError("backup.tool-failed", `openssl could not make the door's certificate: ${stderr}`);
  const own = await readFile(ownFile);
  await writeFile(certificateFile, Buffer.concat([own, await authorities()]), { mode: 0o600 });
  return { context: createSecureContext({ key: await readFile(keyFile), cert: own }), certificateFile };
}

async function authorities(): Promise<Buffer> {
  return readFile(systemAuthorities).catch((thrown: unknown) => {
    if (systemCodeOf(thrown) === "ENOENT") return Buffer.alloc(0);
    throw thrown;
  });
}
