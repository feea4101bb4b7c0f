import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import { request as secureRequest } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect as secureConnect } from "node:tls";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { openDoor, type Door, type SeenRequest } from "./door.ts";
import { KeptAnswers } from "./kept-answers.ts";

let folder: string;
let bucket: Server;
let door: Door;
let seen: SeenRequest[] = [];
let now = 0;
const kept = new KeptAnswers({ now: () => now });

const addressOf = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;
const open = (upstream: string) =>
  openDoor({
    upstreams: new Map([
      ["storage.googleapis.com:443", new URL(`http://${upstream}`)],
      ["bucket.example:9000", new URL(`http://${upstream}`)],
    ]),
    folder,
    kept,
    onRequest: (one) => void seen.push(one),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "door-"));
  bucket = createServer((asked, answer) => {
    if (asked.url === "/cut") return void asked.socket.destroy();
    void text(asked).then((body) => answer.writeHead(asked.url?.startsWith("/no") ? 403 : 200).end(`${asked.headers.host} ${asked.url} ${body.length}`));
  });
  await new Promise<void>((resolve) => void bucket.listen(0, "127.0.0.1", resolve));
  door = await open(addressOf(bucket));
});
beforeEach(() => void (seen = []));
afterAll(async () => {
  await door.close();
  bucket.close();
  bucket.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

const tunnel = (path: string, { proxyUrl } = door) =>
  new Promise<{ status: number | undefined; socket: Socket }>((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port: Number(new URL(proxyUrl).port), method: "CONNECT", path });
    asking.once("connect", (response: IncomingMessage, socket: Socket) => resolve({ status: response.statusCode, socket }));
    asking.once("error", reject).end();
  });

async function send(path: string, body = ""): Promise<{ status: number | undefined; said: string }> {
  const { socket } = await tunnel("storage.googleapis.com:443");
  const ca = await readFile(door.certificateFile, "utf8");
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const createConnection = () => secureConnect({ socket, ca, servername: "storage.googleapis.com" });
    const options = { host: "storage.googleapis.com", method: "POST", path, headers: { host: "storage.googleapis.com" }, createConnection };
    secureRequest(options, resolve).once("error", reject).end(body);
  });
  return { status: answer.statusCode, said: await text(answer) };
}

test("a request arrives at the bucket as it was sent, under a certificate that restic is told to trust, and is counted with its bytes", async () => {
  expect(await send("/upload?uploadType=multipart", "x".repeat(200_000))).toEqual({
    status: 200,
    said: "storage.googleapis.com /upload?uploadType=multipart 200000",
  });
  expect(seen).toEqual([{ method: "POST", path: "/upload?uploadType=multipart", status: 200, sentBytes: 200_000, receivedBytes: 58 }]);
});

test("what the bucket refuses is passed on and counted, too", async () => {
  expect(await send("/no")).toMatchObject({ status: 403 });
  expect(seen).toMatchObject([{ status: 403 }]);
});

test("an answer that is cut off is cut off here as well", async () => {
  await expect(send("/cut")).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect(seen).toEqual([]);
});

async function ask(path: string, method = "GET"): Promise<string> {
  const { hostname, port } = new URL(door.proxyUrl);
  const asked = { host: hostname, port: Number(port), method, path: `http://bucket.example:9000${path}`, headers: { host: "bucket.example:9000" } };
  return text(await new Promise<IncomingMessage>((resolve, reject) => void request(asked, resolve).once("error", reject).end()));
}

test("a bucket without TLS is asked through the same door", async () => {
  expect(await ask("/b/key")).toBe("bucket.example:9000 /b/key 0");
  expect(seen).toMatchObject([{ method: "GET", path: "/b/key" }]);
});

test.each(["example.com:443", "storage.googleapis.com:80", "169.254.169.254:80", "storage.googleapis.com.evil.example:443", "bucket.example:443"])(
  "the door leads nowhere else: %s",
  async (path) => {
    const { status, socket } = await tunnel(path);
    socket.destroy();
    expect(status).toBe(403);
  },
);

test.each(["http://169.254.169.254/latest", "http://bucket.example/other-port", "/"])("plain requests lead nowhere else: %s", async (path) => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port: Number(new URL(door.proxyUrl).port), path }, (answer) => (answer.resume(), resolve(answer.statusCode)));
    asking.once("error", reject).end();
  });
  expect(status).toBe(403);
});

test("a bucket that is away is reported as such", async () => {
  const away = await open("127.0.0.1:1");
  const { status, socket } = await tunnel("storage.googleapis.com:443", away);
  socket.destroy();
  await away.close();
  expect(status).toBe(502);
});

const key = `/b/home/keys/${"a".repeat(64)}`;

test("what a repository never changes is asked for once, and neither counted nor asked for again", async () => {
  for (const path of ["/b/home/config", key, "/storage/v1/b/bucket/o/home%2Fconfig?alt=media"]) {
    const first = await ask(path);
    expect(await ask(path)).toBe(first);
  }
  expect(seen).toHaveLength(3);
});

test.each([
  ["a part of the same object is another question", () => ask("/b/home/config?part=2")],
  ["what says which keys there are is asked each time", () => ask("/b/?list-type=2&prefix=home%2Fkeys%2F")],
  ["data is asked for each time", () => ask(`/b/home/data/aa/${"a".repeat(64)}`)],
  ["a new day begins with looking again", () => ((now += 43_200_000), ask("/b/home/config"))],
  ["a clock that was put back as well", () => ((now -= 1), ask("/b/home/config"))],
  ["so does a failure", () => (kept.forget(), ask("/b/home/config"))],
  ["what the bucket refuses is not kept", () => ask("/no/config")],
])("%s", async (_what, again) => {
  await ask("/b/home/config");
  await ask("/no/config");
  seen = [];
  await again();
  expect(seen).toHaveLength(1);
});

test("a config that is written anew is read anew", async () => {
  await ask("/b/home/config");
  await ask("/b/home/config", "PUT");
  seen = [];
  await ask("/b/home/config");
  expect(seen).toHaveLength(1);
});
