// The floor: the least that a streaming proxy on Node can do, node:http in and undici out, nothing read and nothing kept. PORT, UPSTREAM.
import { createServer } from "node:http";
import { Pool } from "undici";

const pool = new Pool(process.env["UPSTREAM"] ?? "", { connections: 10_000, pipelining: 1 });
const ofThisHop = new Set(["connection", "keep-alive", "transfer-encoding"]);

const server = createServer((request, response) => {
  const { host: _host, connection: _connection, ...headers } = request.headers;
  let resume = () => {};
  let abort = () => {};
  response.on("drain", () => resume());
  response.on("close", () => response.writableFinished || abort());
  pool.dispatch(
    { path: request.url ?? "/", method: request.method ?? "GET", headers, body: request },
    {
      onRequestStart(controller) {
        resume = () => controller.resume();
        abort = () => controller.abort(new Error("The caller has left."));
      },
      onResponseStart(_controller, status, headers) {
        for (const name of ofThisHop) delete headers[name];
        response.writeHead(status, headers);
      },
      onResponseData(controller, chunk) {
        if (!response.write(chunk)) controller.pause();
      },
      onResponseEnd: () => void response.end(),
      onResponseError() {
        if (response.headersSent) response.destroy();
        else response.writeHead(502).end();
      },
    },
  );
});
server.listen(Number(process.env["PORT"]), "127.0.0.1", 4_096);
