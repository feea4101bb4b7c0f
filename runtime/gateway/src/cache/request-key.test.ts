import type { IncomingMessage } from "node:http";
import { expect, test } from "@jest/globals";
import { readBodyFields } from "../body-fields.ts";
import type { Call } from "../call.ts";
import { KnownParts } from "../known-parts.ts";
import type { VirtualKey } from "../virtual-key.ts";
import { requestKey } from "./request-key.ts";

interface Given {
  body?: unknown;
  headers?: string[];
  path?: string;
  key?: Partial<VirtualKey>;
}

const parts = new KnownParts();
const request = { model: "m", max_tokens: 5, messages: [{ role: "user", content: "hi" }], metadata: { user_id: "session-1" }, tools: [{ a: 1, b: 2 }] };

function keyOf({ body = request, headers = [], path = "/v1/messages?beta=true", key = {} }: Given = {}): string | undefined {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const virtualKey = { id: "k1", name: "", jobId: null, createdAtMs: 0, expiresAtMs: null, revokedAtMs: null, ...key };
  const call: Pick<Call, "key" | "path" | "rawHeaders" | "body" | "fields"> = {
    key: virtualKey,
    path,
    rawHeaders: headers,
    body: bytes,
    fields: readBodyFields(bytes, { parts, scope: "" }),
  };
  return requestKey({ ...call, request: {} as IncomingMessage } as Call);
}
const standard = keyOf();

test.each([
  ["other metadata", { body: { ...request, metadata: { user_id: "session-2" } } }],
  ["no metadata", { body: { ...request, metadata: undefined } }],
  ["its fields in another order", { body: Object.fromEntries(Object.entries(request).toReversed()) }],
  ["blanks between its fields", { body: JSON.stringify(request).replace('"max_tokens":5', '\n "max_tokens" :\t5 ') }],
  ["headers that say who asks", { headers: ["User-Agent", "x", "X-Claude-Code-Session-Id", "2", "x-stainless-retry-count", "3", "Authorization", "Bearer x"] }],
])("a request is the same with %s", (_name, given) => {
  expect(keyOf(given)).toBe(standard);
});

test("betas are a set", () => {
  const betas = (text: string) => keyOf({ headers: ["Anthropic-Beta", text] });
  expect([betas("b, a"), keyOf({ headers: ["anthropic-beta", "b", "anthropic-beta", "a"] })]).toEqual([betas("a,b"), betas("a,b")]);
  expect(betas("a")).not.toBe(betas("a,b"));
});

test.each([
  ["another prompt", { body: { ...request, messages: [{ role: "user", content: "ho" }] } }],
  ["another model", { body: { ...request, model: "n" } }],
  ["a field more", { body: { ...request, temperature: 0 } }],
  ["a stream", { body: { ...request, stream: true } }],
  ["the order within a tool", { body: { ...request, tools: [{ b: 2, a: 1 }] } }],
  ["another path", { path: "/v1/messages" }],
  ["another version", { headers: ["anthropic-version", "2023-01-01"] }],
  ["another key", { key: { id: "k2" } }],
  ["a tenant of the key's name", { key: { tenant: "k1" } }],
  ["providers of its own", { key: { rules: { providers: ["anthropic"] } } }],
])("a request is another one with %s", (_name, given) => {
  expect(keyOf(given)).toEqual(expect.any(String));
  expect(keyOf(given)).not.toBe(standard);
});

test("keys of one tenant meet, those of two never do", () => {
  const of = (id: string, tenant: string) => keyOf({ key: { id, tenant } });
  expect(of("k1", "a")).toBe(of("k2", "a"));
  expect(of("k1", "a")).not.toBe(of("k1", "b"));
});

test("values can't run into names", () => {
  expect(keyOf({ body: '{"a":"1","b":"2"}' })).not.toBe(keyOf({ body: '{"a":"1\\n\\"b\\"3:2"}' }));
  expect(keyOf({ body: '{"a":12,"b":3}' })).not.toBe(keyOf({ body: '{"a":1,"b":23}' }));
});

test.each(["", "[]", "{", '{"a":1}x', '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"a":}', '{"a" 1}', "{a:1}"])(
  "a body that can't be told for certain has no key: %s",
  (body) => {
    expect(keyOf({ body })).toBeUndefined();
  },
);

test("long tools and system prompts, which are digested by themselves, make requests the same or not as short ones do", () => {
  const long = (text: string) => ({ ...request, system: text.repeat(1_000), tools: [{ description: text.repeat(2_000) }] });
  const first = keyOf({ body: long("a") });
  expect(keyOf({ body: long("b") })).not.toBe(first);
  expect(keyOf({ body: long("a") })).toBe(first);
  expect(keyOf({ body: Object.fromEntries(Object.entries(long("a")).toReversed()) })).toBe(first);
  expect(keyOf({ body: { ...long("a"), system: "a".repeat(1_001) } })).not.toBe(first);
});
