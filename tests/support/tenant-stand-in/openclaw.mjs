// Answers as OpenClaw's gateway does, as far as the probe and the tests look: the page for the trusted proxies alone, and a challenge on a WebSocket.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const state = process.env.OPENCLAW_STATE_DIR;
const { gateway } = JSON.parse(readFileSync(`${state}/openclaw.json`, "utf8"));
const trusted = (request) => gateway.trustedProxies.includes(request.socket.remoteAddress.replace("::ffff:", "")) && "x-forwarded-for" in request.headers;

const server = createServer((request, response) => {
  response.writeHead(trusted(request) ? 200 : 403).end(`${request.url}\n`);
});
server.on("upgrade", (request, socket) => {
  socket.on("error", () => socket.destroy());
  if (!trusted(request)) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  const text = Buffer.from(JSON.stringify({ type: "event", event: "connect.challenge", payload: { nonce: "n", ts: 1 } }));
  socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
});
server.listen(gateway.port, () => console.log("listening"));
console.error("a line on stderr");
process.on("SIGTERM", () => {
  writeFileSync(`${state}/ended`, "by itself\n");
  process.exit(0);
});
