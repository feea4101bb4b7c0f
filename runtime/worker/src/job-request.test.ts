import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import { newJobId } from "./job-id.ts";
import { optionsOf, viewOptions } from "./job-options.ts";
import { digestOf, jobRequest, titleOf } from "./job-request.ts";
import { commandOf } from "./run/claude-command.ts";

test("a plain prompt is enough, with three attempts", () => {
  expect(jobRequest.parse({ prompt: "x" })).toEqual({ prompt: "x", maxAttempts: 3 });
});

test.each([
  ["an empty prompt", { prompt: " \n" }],
  ["a prompt over a million characters", { prompt: "x".repeat(1_000_001) }],
  ["a NUL in the prompt", { prompt: "a\0b" }],
  ["a NUL in the title", { prompt: "x", title: "a\0" }],
  ["no attempts", { prompt: "x", maxAttempts: 0 }],
  ["six attempts", { prompt: "x", maxAttempts: 6 }],
  ["a time of less than a second", { prompt: "x", timeoutMs: 999 }],
  ["a model that would be an option", { prompt: "x", model: "--dangerous" }],
  ["an unknown field", { prompt: "x", promt: "y" }],
  ["a prompt that is no text", { prompt: 7 }],
  ["a tool that would be an option", { prompt: "x", allowedTools: ["--dangerous"] }],
  ["an unknown permission mode", { prompt: "x", permissionMode: "yolo" }],
  ["a priority beyond a hundred", { prompt: "x", priority: 101 }],
  ["a budget of nothing", { prompt: "x", budgetUsd: 0 }],
  ["an MCP server without command or address", { prompt: "x", mcpServers: { one: {} } }],
  ["an MCP server of another scheme", { prompt: "x", mcpServers: { one: { type: "http", url: "file:///etc/passwd" } } }],
  ["a header with a line break", { prompt: "x", mcpServers: { one: { type: "http", url: "https://x.example", headers: { A: "b\r\nC: d" } } } }],
])("%s is refused", (_name, body) => {
  expect(jobRequest.safeParse(body).success).toBe(false);
});

test("of an MCP server's variables and headers only the names are shown", () => {
  const mcpServers = {
    local: { command: "npx", args: ["-y", "some-server"], env: { TOKEN: "secret" } },
    remote: { type: "http", url: "https://x.example/mcp", headers: { Authorization: "Bearer secret" } },
  };
  const view = viewOptions(optionsOf(jobRequest.parse({ prompt: "x", mcpServers })));
  expect(view.mcpServers).toEqual({
    local: { type: "stdio", command: "npx", args: ["-y", "some-server"], env: ["TOKEN"] },
    remote: { type: "http", url: "https://x.example/mcp", headers: ["Authorization"] },
  });
  expect(JSON.stringify(view)).not.toContain("secret");
});

test("the title is the prompt's first line that says something, cut between characters", () => {
  expect(titleOf({ prompt: "\n  \n  Hello there \nmore" })).toBe("Hello there");
  expect(titleOf({ prompt: "😀".repeat(200) })).toBe(`${"😀".repeat(99)}…`);
  expect(titleOf({ prompt: "x", title: " Given " })).toBe("Given");
});

test("the digest tells requests apart and ignores their key", () => {
  const of = (more: object) => digestOf(jobRequest.parse({ prompt: "x", ...more }));
  expect(of({ idempotencyKey: "a" })).toBe(of({ idempotencyKey: "b" }));
  expect(of({ model: "a" })).not.toBe(of({}));
});

test("ids are UUIDs of version 7 that sort by time", () => {
  const id = newJobId(1_795_263_217_413, () => new Uint8Array(16).fill(0xff));
  expect(id).toBe("01a1fe06-bf05-7fff-bfff-ffffffffffff");
  expect(newJobId(1, () => new Uint8Array(16)) < newJobId(2, () => new Uint8Array(16))).toBe(true);
});

test("the digest of a request without options is that of earlier releases, and each option changes it", () => {
  const of = (more: object) => digestOf(jobRequest.parse({ prompt: "x", ...more }));
  const earlier = createHash("sha256")
    .update(JSON.stringify(["x", null, null, 3, null]))
    .digest("hex");
  expect(of({})).toBe(earlier);
  const all = [
    { priority: 1 },
    { allowedTools: ["Read"] },
    { disallowedTools: ["Read"] },
    { permissionMode: "plan" },
    { budgetUsd: 1 },
    { stallMs: 5_000 },
    { systemPrompt: "s" },
  ];
  expect(new Set([{}, ...all].map(of)).size).toBe(all.length + 1);
});

const files = { prompt: "/input/prompt-1.txt", systemPrompt: null, mcpConfig: null };
const plain = { sessionId: "s", resume: false, model: null, options: {}, budgetUsd: null, files };

test("a container's command resumes or begins a session, and names a model only where one is wanted", () => {
  expect(commandOf(plain)).toEqual([
    "run-job",
    "/input/prompt-1.txt",
    "--print",
    "--verbose",
    "--output-format",
    "stream-json",
    "--permission-mode",
    "bypassPermissions",
    "--session-id",
    "s",
  ]);
  expect(commandOf({ ...plain, resume: true, model: "m" }).slice(-4)).toEqual(["--resume", "s", "--model", "m"]);
});

test("[W28] a job's options become Claude Code's, each rule of a tool as an argument of its own", () => {
  const argv = commandOf({
    ...plain,
    options: { allowedTools: ["Read", "Bash(git log:*,x)"], disallowedTools: ["WebFetch"], permissionMode: "dontAsk" },
    budgetUsd: 0.25,
    files: { ...files, systemPrompt: "/input/system-prompt-1.txt", mcpConfig: "/input/mcp-1.json" },
  });
  expect(argv.slice(6, -2)).toEqual([
    "--permission-mode",
    "dontAsk",
    "--allowedTools",
    "Read",
    "Bash(git log:*,x)",
    "--disallowedTools",
    "WebFetch",
    "--append-system-prompt-file",
    "/input/system-prompt-1.txt",
    "--mcp-config",
    "/input/mcp-1.json",
    "--strict-mcp-config",
    "--max-budget-usd",
    "0.25",
  ]);
});
