import { askingTool } from "../approvals/asking-server.ts";
import type { JobOptions, PermissionMode } from "../job-options.ts";

export interface CommandInput {
  sessionId: string;
  resume: boolean;
  model: string | null;
  options: JobOptions;
  /** What may still be spent. Units: US dollars. */
  budgetUsd: number | null;
  /** As the container sees them; null where there is no such file. */
  files: { prompt: string; systemPrompt: string | null; mcpConfig: string | null };
}

/** What a job's container runs: the image's `run-job` gives the prompt file to Claude Code on stdin, since one argument may have 128 KB at most. */
export function commandOf({ sessionId, resume, model, options, budgetUsd, files }: CommandInput): string[] {
  return [
    "run-job",
    files.prompt,
    "--print",
    "--verbose",
    "--output-format",
    "stream-json",
    // Unless its owner wants otherwise the container is the fence: nothing in it is worth a question that nobody is there to answer.
    ...permissionArguments(options.permissionMode ?? "bypassPermissions"),
    ...listed("--allowedTools", options.allowedTools),
    ...listed("--disallowedTools", options.disallowedTools),
    ...(files.systemPrompt === null ? [] : ["--append-system-prompt-file", files.systemPrompt]),
    ...(files.mcpConfig === null ? [] : ["--mcp-config", files.mcpConfig, "--strict-mcp-config"]),
    ...(budgetUsd === null ? [] : ["--max-budget-usd", String(budgetUsd)]),
    resume ? "--resume" : "--session-id",
    sessionId,
    ...(model === null ? [] : ["--model", model]),
  ];
}

/** A workspace that asks can't bring hooks or rules of its own, which would run or allow what nobody was asked about. */
function permissionArguments(mode: PermissionMode): string[] {
  if (mode !== "ask") return ["--permission-mode", mode];
  return ["--permission-mode", "manual", "--permission-prompt-tool", askingTool, "--setting-sources", "user"];
}

/** Each rule an argument of its own: rules may hold commas. */
const listed = (option: string, rules: readonly string[] | undefined) => (rules === undefined || rules.length === 0 ? [] : [option, ...rules]);

/** The variables of a job's container beside those that the manager sets. */
export function environmentOf(virtualKey: string): Record<string, string> {
  return {
    ANTHROPIC_AUTH_TOKEN: virtualKey,
    // Without it the CLI also calls hosts that a job's network does not reach.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_ATTRIBUTION_HEADER: "0",
  };
}

export const containerNameOf = (jobId: string, attempt: number) => `job-${jobId}-${attempt}`;
