import { randomUUID } from "node:crypto";

// What Claude Code 2.1 writes with `--print --verbose --output-format stream-json`, event by event.
const session = randomUUID();

export const init = (model = "claude-sonnet-4-5") => ({
  type: "system",
  subtype: "init",
  cwd: "/workspace",
  session_id: session,
  tools: ["Task", "Bash", "Glob", "Grep", "Read", "Edit", "Write", "WebFetch", "TodoWrite", "WebSearch"],
  mcp_servers: [],
  model,
  permissionMode: "bypassPermissions",
  claude_code_version: "2.1.329",
});

const assistant = (content: object) => ({
  type: "assistant",
  message: {
    id: `msg_${randomUUID().slice(0, 8)}`,
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5",
    content: [content],
    usage: { input_tokens: 20, output_tokens: 40 },
  },
  parent_tool_use_id: null,
  session_id: session,
});

export const says = (text: string) => assistant({ type: "text", text });
export const thinks = (thinking: string) => assistant({ type: "thinking", thinking, signature: "" });
export const uses = (id: string, name: string, input: object) => assistant({ type: "tool_use", id, name, input });

export const returns = (id: string, content: unknown, more: { is_error?: boolean; report?: object } = {}) => ({
  type: "user",
  message: { role: "user", content: [{ tool_use_id: id, type: "tool_result", content, ...(more.is_error === true && { is_error: true }) }] },
  parent_tool_use_id: null,
  session_id: session,
  ...(more.report !== undefined && { tool_use_result: more.report }),
});

export const ends = (result: string, more: object = {}) => ({
  type: "result",
  subtype: "success",
  is_error: false,
  duration_ms: 41_230,
  duration_api_ms: 38_110,
  num_turns: 7,
  result,
  session_id: session,
  total_cost_usd: 0.1843,
  usage: { input_tokens: 120, output_tokens: 2_400 },
  permission_denials: [],
  ...more,
});

export const stderr = (text: string) => ({ type: "freehold", subtype: "stderr", text });
