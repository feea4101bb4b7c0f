/** Below `/claude`, which the job writes, and below `/input`, which it can only read. */
export const approvalFolder = (attempt: number) => `approvals/${attempt}`;

/** What Claude Code calls before it uses a tool that nobody has allowed. */
export const askingTool = "mcp__freehold__ask";

/** What an attempt may wait in all without it counting as its own time; its key lives as long. Units: milliseconds. */
export const longestWaitMs = 6 * 86_400_000;

/** Longer than all waits: the owner's time is measured by the worker, and a container whose worker is away waits for the next one. */
const toolTimeoutMs = 7 * 86_400_000;

/** The job image's MCP server that carries questions to the owner, as Claude Code's configuration names it. */
export function askingServer(attempt: number) {
  const folder = approvalFolder(attempt);
  return { freehold: { command: "node", args: ["/opt/job/ask-owner.mjs", `/claude/${folder}`, `/input/${folder}`], timeout: toolTimeoutMs } };
}
