import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import protobuf from "protobufjs";

/** What is read of OTLP's ExportTraceServiceRequest. Source: opentelemetry-proto 1.9, trace/v1, common/v1, resource/v1. */
const root = protobuf.parse(`syntax = "proto3";
message AnyValue { oneof value { string text = 1; bool flag = 2; int64 whole = 3; double real = 4; } }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15; fixed32 flags = 16;
}
message Scope { string name = 1; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Request { repeated ResourceSpans resource_spans = 1; }`).root;
const requestType = root.lookupType("Request");

type Value = string | number | boolean;
interface Pair {
  key: string;
  value: Record<string, Value>;
}
interface WireSpan extends Record<"traceId" | "spanId" | "parentSpanId", string> {
  name: string;
  kind: number;
  attributes: Pair[];
  status: { code: number } | null;
  startTimeUnixNano: number;
  endTimeUnixNano: number;
}

/** A span as it came. Shape: ids base64; kinds and codes are OTLP's numbers. */
export interface ReceivedSpan extends Omit<WireSpan, "attributes" | "status"> {
  attributes: Record<string, Value>;
  status: number;
  resource: Record<string, Value>;
}

export interface OtlpReceiver {
  url: string;
  spans: ReceivedSpan[];
  /** The path and headers of each export. */
  exports: { path: string; headers: Record<string, string | string[] | undefined> }[];
  /** All bytes that came. */
  raw(): Buffer;
  /** The status of its answers. */
  status: number;
  close(): Promise<void>;
}

const plain = (pairs: Pair[]) => Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0] as Value]));

/** A receiver of traces that reads the protocol itself, as a collector does. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    bodies.push(body);
    receiver.exports.push({ path: request.url ?? "", headers: request.headers });
    if (receiver.status === 200) receiver.spans.push(...spansIn(body));
    response.writeHead(receiver.status, { "content-type": "application/x-protobuf" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    exports: [],
    raw: () => Buffer.concat(bodies),
    status: 200,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

function spansIn(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = requestType.toObject(requestType.decode(body), { longs: Number, bytes: String, arrays: true, defaults: false }) as {
    resourceSpans: { resource: { attributes: Pair[] }; scopeSpans: { spans: WireSpan[] }[] }[];
  };
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({ ...span, attributes: plain(span.attributes), status: span.status?.code ?? 0, resource: plain(resource.attributes) })),
    ),
  );
}
