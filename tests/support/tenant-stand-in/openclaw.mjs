// Answers as OpenClaw's gateway does, as far as the probe and the tests look: the page for the trusted proxies alone, and a challenge on a WebSocket. What it is
// sent there it sends back; /events tells each second that it is there.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const state = process.env.OPENCLAW_STATE_DIR;
const { gateway } = JSON.parse(readFileSync(`${state}/openclaw.json`, "utf8"));
const trusted = (request) => gateway.trustedProxies.includes(request.socket.remoteAddress.replace("::ffff:", "")) && "x-forwarded-for" in request.headers;

const server = createServer((request, response) => {
  if (request.url === "/events" && trusted(request)) return stream(response);
  response.writeHead(trusted(request) ? 200 : 403).end(`${request.url}\n`);
});
server.on("upgrade", (request, socket) => {
  socket.on("error", () => socket.destroy());
  if (!trusted(request)) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  const text = Buffer.from(JSON.stringify({ type: "event", event: "connect.challenge", payload: { nonce: "n", ts: 1 } }));
  socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
  let read = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    read = Buffer.concat([read, chunk]);
    for (let length = frameLength(read); length > 0 && read.length >= length; length = frameLength(read)) {
      echo(socket, read.subarray(0, length));
      read = read.subarray(length);
    }
  });
});

/** Of a client's frame: two bytes, a mask of four, and less than 126 bytes. */
const frameLength = (bytes) => (bytes.length < 2 ? 0 : 6 + (bytes[1] & 0x7f));

function echo(socket, frame) {
  const mask = frame.subarray(2, 6);
  const text = frame.subarray(6).map((byte, index) => byte ^ mask[index % 4]);
  socket.write(Buffer.concat([Buffer.from([frame[0], text.length]), text]));
  if ((frame[0] & 0x0f) === 8) socket.end();
}

function stream(response) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const ticking = setInterval(() => response.write("data: here\n\n"), 1_000);
  response.on("close", () => clearInterval(ticking));
}
server.listen(gateway.port, () => console.log("listening"));
console.error("a line on stderr");
process.on("SIGTERM", () => {
  writeFileSync(`${state}/ended`, "by itself\n");
  process.exit(0);
});
