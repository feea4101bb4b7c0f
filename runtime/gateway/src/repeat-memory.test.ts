import { expect, test } from "@jest/globals";
import { readBodyFields } from "./body-fields.ts";
import { RepeatMemory, repeatName } from "./repeat-memory.ts";
import type { Call } from "./call.ts";

const callOf = (request: object, { keyId = "k", indent }: { keyId?: string; indent?: number } = {}): Call => {
  const body = Buffer.from(JSON.stringify(request, undefined, indent));
  return { key: { id: keyId }, body, fields: readBodyFields(body) } as Call;
};
const messages = [{ role: "user", content: 'say "stream": true and "max_tokens": 5' }];

test.each([undefined, 2])("a request and its repeat have the same name, wherever the fields that differ stand, with an indent of %s", (indent) => {
  for (const text of ["short", "long ".repeat(4_000)]) expectOneName(text, indent ?? 0);
});

function expectOneName(text: string, indent: number): void {
  const messages = [{ role: "user", content: text }];
  const first = repeatName(callOf({ model: "m", messages, max_tokens: 128_000, stream: true }, { indent }));
  expect(repeatName(callOf({ model: "m", messages, max_tokens: 64_000 }, { indent }))).toBe(first);
  expect(repeatName(callOf({ stream: false, model: "m", messages, max_tokens: 1 }, { indent }))).toBe(first);
  expect(repeatName(callOf({ max_tokens: 1, model: "m", messages }, { indent }))).toBe(first);
}

test("other requests, and the same of another key, have other names", () => {
  const names = [
    callOf({ model: "m", messages }),
    callOf({ model: "n", messages }),
    callOf({ model: "m", messages }, { keyId: "other" }),
    callOf({ model: "m", messages: [...messages, { role: "user", content: "more" }] }),
    callOf({ model: "m", messages: [{ role: "user", content: 'say "stream": true and "max_tokens": 6' }] }),
  ].map(repeatName);
  expect(new Set(names).size).toBe(names.length);
});

test("a broken request is remembered for a minute, and a thousand at most", () => {
  let now = 0;
  const memory = new RepeatMemory(() => now);
  const call = callOf({ model: "m", messages });
  memory.remember(repeatName(call), "first");
  now = 59_999;
  expect(memory.brokenBy(call)).toBe("first");
  now = 60_000;
  expect(memory.brokenBy(call)).toBeUndefined();
  memory.remember(repeatName(call), "first");
  for (let index = 0; index < 1_000; index++) memory.remember(`k 1 ${index}`, "first");
  expect(memory.brokenBy(call)).toBeUndefined();
});
