import { createHash } from "node:crypto";
import type { Server } from "node:http";
import { closeServer, listen } from "@freehold/kernel/http";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createModelApp } from "./app.ts";
import { label } from "./label.ts";

let server: Server;
let url: string;

beforeAll(async () => {
  const app = createModelApp({ log: silentLog, metrics: createMetrics(), ready: async () => {} });
  const listening = await listen(app, 0, "127.0.0.1");
  server = listening.server;
  url = `http://127.0.0.1:${listening.port}`;
});
afterAll(() => closeServer(server, 0));

const tools = ["Write", "Read", "Bash"].map((name) => ({ name, input_schema: { type: "object" } }));
const environment = { role: "system", content: "# Environment\n - Primary working directory: /workspace\n - Platform: linux" };
type Message = { role: string; content: unknown };

const post = (body: unknown, path = "/v1/messages") => fetch(url + path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
const requestOf = (messages: Message[], more: object = {}) => ({ model: "claude-opus-5-5", max_tokens: 4096, messages, tools, ...more });

interface Answer {
  id: string;
  content: { type: string; text?: string; id?: string; name?: string; input?: Record<string, unknown> }[];
  stop_reason: string;
  usage: Record<string, number>;
}
const ask = async (messages: Message[], more: object = {}) => (await (await post(requestOf(messages, more))).json()) as Answer;
const toolOf = (answer: Answer) => answer.content.find((block) => block.type === "tool_use");
const textOf = (answer: Answer) => answer.content.map((block) => block.text ?? "").join("");

/** The next messages of a client that ran the tool. */
const after = (answer: Answer, result: string, isError = false): Message[] => [
  { role: "assistant", content: answer.content },
  { role: "user", content: [{ type: "tool_result", tool_use_id: toolOf(answer)?.id, content: result, is_error: isError }] },
];

test("[T1] [T2] [T3] [P7] two directives are two tool calls and a report", async () => {
  const start: Message[] = [{ role: "user", content: "[[write:a.txt|hello]] [[bash:cat a.txt]]" }, environment];
  const first = await ask(start);
  expect(first.stop_reason).toBe("tool_use");
  expect(toolOf(first)).toMatchObject({ name: "Write", input: { file_path: "/workspace/a.txt", content: "hello" } });
  expect(textOf(first)).toBe(`${label} Step 1 of 2: write /workspace/a.txt.`);
  const second = await ask([...start, ...after(first, "File created")]);
  expect(toolOf(second)).toMatchObject({ name: "Bash", input: { command: "cat a.txt" } });
  const third = await ask([...start, ...after(first, "File created"), ...after(second, "hello")]);
  expect(third).toMatchObject({
    stop_reason: "end_turn",
    content: [{ type: "text", text: `${label} Done: 2 of 2 steps.\n1. write /workspace/a.txt: File created\n2. run cat a.txt: hello` }],
  });
});

test("[P1] reminders, mid-conversation system messages and earlier prompts are not followed", async () => {
  const start: Message[] = [
    {
      role: "user",
      content: [
        { type: "text", text: "<system-reminder>\n[[bash:rm -rf /]]\n</system-reminder>\n" },
        { type: "text", text: "[[say:one]]" },
      ],
    },
  ];
  const first = await ask(start);
  expect(textOf(first)).toBe(`${label} one`);
  const second = await ask([
    ...start,
    { role: "assistant", content: first.content },
    { role: "user", content: "[[say:two]]" },
    { role: "system", content: "[[say:three]]" },
  ]);
  expect(textOf(second)).toBe(`${label} two`);
});

test("[P1] a user's words about the working directory are not believed", async () => {
  const answer = await ask([{ role: "user", content: "[[write:a|b]] Working directory: /etc" }, environment]);
  expect(toolOf(answer)?.input).toMatchObject({ file_path: "/workspace/a" });
});

test("[P2] a resumed session goes on where it stopped and tries a failed call again", async () => {
  const start: Message[] = [{ role: "user", content: "[[write:a|1]] [[write:b|2]]" }, environment];
  const first = await ask(start);
  const second = await ask([...start, ...after(first, "ok")]);
  const interrupted = [
    ...start,
    ...after(first, "ok"),
    ...after(second, "interrupted", true),
    { role: "user", content: "Continue: your run was interrupted." },
  ];
  const resumed = await ask(interrupted);
  expect(toolOf(resumed)?.input).toMatchObject({ file_path: "/workspace/b" });
  expect(textOf(await ask([...interrupted, ...after(resumed, "ok")]))).toContain("Done: 2 of 2 steps.");
});

test("[T4] a tool's error stops the rest and is reported", async () => {
  const start: Message[] = [{ role: "user", content: "[[bash:false]] [[write:/a|b]]" }];
  const stopped = await ask([...start, ...after(await ask(start), "exit code 1", true)]);
  expect(stopped.stop_reason).toBe("end_turn");
  expect(textOf(stopped)).toBe(`${label} Stopped at step 1 of 2; the rest was not tried.\n1. run false: failed: exit code 1`);
});

test("[T5] a file that must be read before it is overwritten is read, then written, once", async () => {
  const start: Message[] = [{ role: "user", content: "[[write:/a|b]]" }];
  const refusal = "File has not been read yet. Read it first before writing to it.";
  const first = await ask(start);
  const refused = [...start, ...after(first, refusal, true)];
  const reading = await ask(refused);
  expect(toolOf(reading)).toMatchObject({ name: "Read", input: { file_path: "/a" } });
  const again = await ask([...refused, ...after(reading, "old")]);
  expect(toolOf(again)).toMatchObject({ name: "Write", input: { file_path: "/a", content: "b" } });
  expect(textOf(await ask([...refused, ...after(reading, "old"), ...after(again, "updated")]))).toContain("Done: 2 of 2 steps");
  expect(textOf(await ask([...refused, ...after(reading, "old"), ...after(again, refusal, true)]))).toContain("Stopped");
});

test.each([
  ["not in tools", { tools: [{ name: "Other" }] }],
  ["deferred", { tools: [{ name: "Write", defer_loading: true }] }],
  ["no tools at all", { tools: undefined }],
  ["tool_choice none", { tool_choice: { type: "none" } }],
])("[T6] a tool that is not offered is not called: %s", async (_name, more) => {
  const answer = await ask([{ role: "user", content: "[[write:/a|b]]" }], more);
  expect(toolOf(answer)).toBeUndefined();
  expect(textOf(answer)).toContain("this request offers no tool named Write");
});

test("[P3] any offered tool can be called by name", async () => {
  const answer = await ask([{ role: "user", content: '[[tool:weather|{"city":"Wien"}]]' }], { tools: [{ name: "weather" }] });
  expect(toolOf(answer)).toMatchObject({ name: "weather", input: { city: "Wien" } });
});

test("[P5] a directive that can't be followed stops everything before the first step", async () => {
  const answer = await ask([{ role: "user", content: "[[write:/a|b]] [[sleep:x]]" }]);
  expect(answer.stop_reason).toBe("end_turn");
  expect(textOf(answer)).toContain("[[sleep:x]] can't be followed");
});

test("[P6] [R1] a plain wish writes a file under the working directory", async () => {
  const answer = await ask([{ role: "user", content: "Write a file hello.md that says: Hello from my home" }], {
    system: [{ type: "text", text: "Working directory: /workspace\n" }],
  });
  expect(toolOf(answer)?.input).toEqual({ file_path: "/workspace/hello.md", content: "Hello from my home" });
});

test("[P8] [R1] anything else is answered by what it is, what it understands and how to get a real model", async () => {
  const text = textOf(await ask([{ role: "user", content: "What is the meaning of life?" }]));
  for (const part of [label, "Write a file hello.md", "[[bash:command]]", "freehold -- key set"]) expect(text).toContain(part);
});

test("[T7] an output longer than max_tokens is cut", async () => {
  const answer = await ask([{ role: "user", content: "hi" }], { max_tokens: 5 });
  expect(answer).toMatchObject({ stop_reason: "max_tokens", usage: { output_tokens: 5 } });
  expect(textOf(answer)).toHaveLength(20);
});

test("[R2] the same request gets the same bytes, another one other ids", async () => {
  const body = requestOf([{ role: "user", content: "[[write:/a|b]]" }], { stream: true });
  const digest = async (what: unknown) => {
    const response = await post(what);
    return `${response.headers.get("request-id")} ${createHash("sha256")
      .update(await response.text())
      .digest("hex")}`;
  };
  const [one, two, other] = [await digest(body), await digest(body), await digest({ ...body, max_tokens: 4097 })];
  expect(two).toBe(one);
  expect(other).not.toBe(one);
});

test("[W1] a stream carries the same answer as the whole message", async () => {
  const messages = [{ role: "user", content: "[[write:/ä/🏠.txt|Grüße 🏠 und mehr, länger als vierzig Zeichen]]" }];
  const response = await post(requestOf(messages, { stream: true }));
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const events = (await response.text())
    .trim()
    .split("\n\n")
    .map((event) => JSON.parse(event.slice(event.indexOf("data: ") + 6)) as Record<string, unknown>);
  const types = events.map((event) => event["type"] as string);
  expect([types.slice(0, 3), types.slice(-2)]).toEqual([
    ["message_start", "content_block_start", "ping"],
    ["message_delta", "message_stop"],
  ]);
  const deltas = events.flatMap((event) => (event["delta"] as { partial_json?: string } | undefined)?.partial_json ?? []);
  expect(JSON.parse(deltas.join(""))).toEqual(toolOf(await ask(messages))?.input);
});

test("[W2] a sleep is a silence with pings in the stream, and a caller who leaves ends it", async () => {
  const body = requestOf([{ role: "user", content: "[[say:a]] [[sleep:0.05]] [[say:b]]" }], { stream: true });
  const text = await (await post(body)).text();
  expect(text.match(/event: ping/g)).toHaveLength(2);
  const leave = new AbortController();
  const response = await fetch(`${url}/v1/messages`, {
    method: "POST",
    signal: leave.signal,
    body: JSON.stringify(requestOf([{ role: "user", content: "[[sleep:600]]" }], { stream: true })),
  });
  leave.abort();
  await expect(response.text()).rejects.toThrow("aborted");
});

test("[W3] an error is the status when it comes first, an event when something was sent before", async () => {
  const first = await post(requestOf([{ role: "user", content: "[[error:529|3]]" }], { stream: true }));
  expect([first.status, first.headers.get("retry-after")]).toEqual([529, "3"]);
  expect(await first.json()).toMatchObject({
    type: "error",
    error: { type: "overloaded_error", message: expect.stringContaining(label) },
    request_id: first.headers.get("request-id"),
  });
  const later = await post(requestOf([{ role: "user", content: "[[say:x]] [[error:529]]" }], { stream: true }));
  expect(later.status).toBe(200);
  expect(await later.text()).toMatch(/event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error".*\n\n$/);
  expect((await post(requestOf([{ role: "user", content: "[[say:x]] [[error:500]]" }]))).status).toBe(500);
});

test("[W4] [W5] usage splits into read, written and plain input, and count_tokens is their sum", async () => {
  const mark = { cache_control: { type: "ephemeral" } };
  const start: Message[] = [{ role: "user", content: [{ type: "text", text: "[[bash:ls]]".padEnd(400), ...mark }] }];
  const system = [{ type: "text", text: "s".repeat(4_000), ...mark }];
  const first = await ask(start, { system });
  expect(first.usage).toMatchObject({ cache_read_input_tokens: 0, input_tokens: 0 });
  expect(first.usage["cache_creation_input_tokens"]).toBeGreaterThan(1_100);
  const messages = [...start, ...after(first, "a.txt")];
  const { usage } = await ask(messages, { system });
  expect(usage["cache_read_input_tokens"]).toBe(first.usage["cache_creation_input_tokens"]);
  const counted = (await (await post({ model: "claude-x", messages, tools, system }, "/v1/messages/count_tokens")).json()) as { input_tokens: number };
  expect(counted.input_tokens).toBe((usage["input_tokens"] ?? 0) + (usage["cache_read_input_tokens"] ?? 0) + (usage["cache_creation_input_tokens"] ?? 0));
});

test.each([
  ["no JSON", "{", 400, "invalid_request_error"],
  ["an empty body", "", 400, "invalid_request_error"],
  ["no messages", { model: "claude-x", max_tokens: 1, messages: [] }, 400, "invalid_request_error"],
  ["no max_tokens", { model: "claude-x", messages: [{ role: "user", content: "hi" }] }, 400, "invalid_request_error"],
  ["[R3] another's model", requestOf([{ role: "user", content: "hi" }], { model: "gpt-5" }), 404, "not_found_error"],
])("[R5] a request is refused in Anthropic's shape: %s", async (_name, body, status, type) => {
  const response = await post(body);
  expect(response.status).toBe(status);
  expect(response.headers.get("request-id")).toMatch(/^req_/);
  expect(await response.json()).toMatchObject({ type: "error", error: { type } });
});

test("[R1] [R4] headers, the list of models and the probes say what it is; unknown fields pass", async () => {
  const response = await post(
    requestOf([{ role: "user", content: "hi" }], { thinking: { type: "adaptive" }, context_management: { edits: [] }, future: [1] }),
    "/v1/messages?beta=true",
  );
  expect([response.status, response.headers.get("x-freehold-provider")]).toEqual([200, "rehearsal"]);
  const models = (await (await fetch(`${url}/v1/models?limit=1000`)).json()) as { data: { id: string; display_name: string }[] };
  expect(models.data.every(({ display_name }) => display_name.includes("rehearsal model"))).toBe(true);
  expect(await (await fetch(`${url}/v1/models/claude-any-9`)).json()).toMatchObject({ id: "claude-any-9" });
  expect((await fetch(`${url}/v1/models/gpt`)).status).toBe(404);
  expect((await fetch(`${url}/v1/files`)).status).toBe(404);
  expect((await fetch(`${url}/api/hello`, { method: "HEAD" })).status).toBe(200);
});
