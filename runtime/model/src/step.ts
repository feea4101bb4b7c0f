/** One thing that a prompt asks for; steps are done in order, one tool call a turn. */
export type Step =
  | { kind: "tool"; tool: string; input: Record<string, unknown>; title: string }
  | { kind: "say"; text: string }
  | { kind: "sleep"; seconds: number }
  | { kind: "error"; status: number; retryAfterSeconds?: number };

export type ToolStep = Extract<Step, { kind: "tool" }>;

export const writeStep = (path: string, content: string): ToolStep => ({
  kind: "tool",
  tool: "Write",
  input: { file_path: path, content },
  title: `write ${path}`,
});

export const readStep = (path: string): ToolStep => ({ kind: "tool", tool: "Read", input: { file_path: path }, title: `read ${path}` });

export const bashStep = (command: string): ToolStep => ({
  kind: "tool",
  tool: "Bash",
  input: { command, description: "Run the command that the prompt asks for" },
  title: `run ${command}`,
});
