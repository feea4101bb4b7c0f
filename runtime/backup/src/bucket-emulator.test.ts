import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import { request as secureRequest } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect as secureConnect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { accessThrough, openEmulatorDoor, type EmulatorDoor } from "./bucket-emulator.ts";

let folder: string;
let emulator: Server;
let door: EmulatorDoor;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "door-"));
  emulator = createServer((message, response) => void response.end(`${message.headers.host} ${message.url}`));
  await new Promise<void>((resolve) => void emulator.listen(0, "127.0.0.1", resolve));
  door = await openEmulatorDoor(`http://127.0.0.1:${(emulator.address() as AddressInfo).port}`, folder);
});
afterAll(async () => {
  await door.close();
  emulator.close();
  await rm(folder, { recursive: true, force: true });
});

const tunnel = (path: string, { proxyUrl } = door) =>
  new Promise<{ status: number | undefined; socket: Socket }>((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port: Number(new URL(proxyUrl).port), method: "CONNECT", path });
    asking.once("connect", (response: IncomingMessage, socket: Socket) => resolve({ status: response.statusCode, socket }));
    asking.once("error", reject).end();
  });

test("a request to Google's storage arrives at the emulator, under a certificate that restic is told to trust", async () => {
  const { socket } = await tunnel("storage.googleapis.com:443");
  const ca = await readFile(accessThrough(door).args[1] ?? "", "utf8");
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const createConnection = () => secureConnect({ socket, ca, servername: "storage.googleapis.com" });
    secureRequest({ host: "storage.googleapis.com", path: "/storage/v1/b/x", headers: { host: "storage.googleapis.com" }, createConnection }, resolve)
      .once("error", reject)
      .end();
  });
  expect(await text(answer)).toBe("storage.googleapis.com /storage/v1/b/x");
});

test.each(["example.com:443", "storage.googleapis.com:80", "169.254.169.254:80", "storage.googleapis.com.evil.example:443"])(
  "the door leads nowhere else: %s",
  async (path) => {
    const { status, socket } = await tunnel(path);
    socket.destroy();
    expect(status).toBe(403);
  },
);

test("an emulator that is away is reported as such", async () => {
  const away = await openEmulatorDoor("http://127.0.0.1:1", folder);
  const { status, socket } = await tunnel("storage.googleapis.com:443", away);
  socket.destroy();
  await away.close();
  expect(status).toBe(502);
});

test("plain requests are refused", async () => {
  expect((await fetch(door.proxyUrl)).status).toBe(403);
});
