import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createSecureContext, TLSSocket, type SecureContext } from "node:tls";
import { backupError } from "./errors.ts";
import { run } from "./process.ts";

/** A door from restic to the bucket emulator. */
export interface EmulatorDoor {
  proxyUrl: string;
  /** What restic must trust to accept the emulator as Google. */
  certificateFile: string;
  close(): Promise<void>;
}

const connectTimeoutMs = 3_000;
const googleHosts = ["storage.googleapis.com", "www.googleapis.com"];

/**
 * restic 0.18 always calls Google's own address, so the emulator is put there: a proxy on the loopback takes exactly those
 * addresses, answers as them with a certificate made for this run, and passes the plain requests on. `folder` keeps the certificate.
 */
export async function openEmulatorDoor(emulatorUrl: string, folder: string): Promise<EmulatorDoor> {
  const { context, certificateFile } = await makeCertificate(folder);
  const sockets = new Set<Duplex>();
  const server = createServer((_request, response) => void response.writeHead(403).end("Only CONNECT is served here."));
  server.on("connection", (socket) => track(socket, sockets));
  server.on("connect", async (request: IncomingMessage, socket: Socket) => {
    const known = googleHosts.some((host) => request.url === `${host}:443`);
    if (!known) return void socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const upstream = await reach(new URL(emulatorUrl)).catch(() => undefined);
    if (upstream === undefined) return void socket.end("HTTP/1.1 502 Bad Gateway: the bucket emulator does not answer\r\n\r\n");
    track(upstream, sockets);
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    joinStreams(new TLSSocket(socket, { isServer: true, secureContext: context }), upstream);
  });
  await new Promise<void>((resolve, reject) => server.listen(0, "127.0.0.1", resolve).once("error", reject));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { proxyUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, certificateFile, close };
}

/** What restic needs to know to go through the door. */
export const accessThrough = ({ proxyUrl, certificateFile }: EmulatorDoor) => ({
  env: { HTTPS_PROXY: proxyUrl, GOOGLE_PROJECT_ID: "emulator", GOOGLE_ACCESS_TOKEN: "emulator" },
  args: ["--cacert", certificateFile],
});

/** A name that nobody answers to may take long to find out about; the emulator is near, so a few seconds say that it is away. */
function reach({ hostname, port }: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port || 80) });
    const overdue = setTimeout(() => socket.destroy(), connectTimeoutMs);
    const fail = () => reject(new Error(`${hostname}:${port} does not answer`));
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

async function makeCertificate(folder: string): Promise<{ context: SecureContext; certificateFile: string }> {
  const [keyFile, certificateFile] = [join(folder, "emulator.key"), join(folder, "emulator.pem")];
  const names = googleHosts.map((host) => `DNS:${host}`).join(",");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", keyFile];
  const certificate = ["-x509", "-days", "3650", "-subj", "/CN=bucket emulator", "-addext", `subjectAltName=${names}`, "-out", certificateFile];
  const { exitCode, stderr } = await run({ program: "openssl", args: ["req", ...key, ...certificate], timeoutMs: 30_000 });
  if (exitCode !== 0) throw backupError("backup.tool-failed", `openssl could not make the emulator's certificate: ${stderr}`);
  const context = createSecureContext({ key: await readFile(keyFile), cert: await readFile(certificateFile) });
  return { context, certificateFile };
}
