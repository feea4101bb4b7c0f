import { once } from "node:events";
import { createServer, ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { FramedResponse } from "./framed-response.ts";

type Part = string | Buffer;

/** What comes over the wire when the parts are written one after the other, and the last one ends it. */
async function wire(
  response: typeof ServerResponse,
  parts: readonly Part[],
  { head = {}, request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" } = {},
): Promise<string> {
  const server = createServer({ ServerResponse: response }, async (_request, answer) => {
    answer.sendDate = false;
    answer.writeHead(200, head);
    for (const part of parts.slice(0, -1)) if (!answer.write(part)) await once(answer, "drain");
    answer.end(parts.at(-1));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(request);
  let text = "";
  for await (const chunk of socket) text += (chunk as Buffer).toString("latin1");
  server.close();
  return text;
}

const part = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(Buffer.alloc(0), Buffer.alloc(16_384, "a"), Buffer.alloc(16_385, "b"), Buffer.alloc(200_000, "c")),
);

test("a response has the bytes that Node's own would have, whatever is written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), async (parts) => {
      expect(await wire(FramedResponse, parts)).toBe(await wire(ServerResponse, parts));
    }),
    { numRuns: 60 },
  );
});

test.each([
  ["of a known length", { head: { "content-length": "4" } }],
  ["for a caller of HTTP 1.0", { request: "GET / HTTP/1.0\r\n\r\n" }],
  ["for a HEAD", { request: "HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" }],
])("a response %s is not framed", async (_name, given) => {
  const parts = [Buffer.from("ab"), Buffer.from("cd")];
  expect(await wire(FramedResponse, parts, given)).toBe(await wire(ServerResponse, parts, given));
});
