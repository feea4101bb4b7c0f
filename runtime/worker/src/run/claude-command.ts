export interface CommandInput {
  sessionId: string;
  resume: boolean;
  model: string | null;
  /** As the container sees it. */
  promptFile: string;
}

/** What a job's container runs: the image's `run-job` gives the prompt file to Claude Code on stdin, since one argument may have 128 KB at most. */
export function commandOf({ sessionId, resume, model, promptFile }: CommandInput): string[] {
  return [
    "run-job",
    promptFile,
    "--print",
    "--verbose",
    "--output-format",
    "stream-json",
    // The container is the fence: nothing in it is worth a question that nobody is there to answer.
    "--permission-mode",
    "bypassPermissions",
    resume ? "--resume" : "--session-id",
    sessionId,
    ...(model === null ? [] : ["--model", model]),
  ];
}

/** The variables of a job's container beside those that the manager sets. */
export function environmentOf(virtualKey: string): Record<string, string> {
  return {
    ANTHROPIC_AUTH_TOKEN: virtualKey,
    // Without it the CLI also calls hosts that a job's network does not reach.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_ATTRIBUTION_HEADER: "0",
  };
}

/** What a resumed session is told; the task itself is in its transcript. */
export const continuation =
  "Continue: your run of this task was interrupted before it was finished. Look at what is already there, go on from where you stopped, and finish the task. Do not repeat steps that are done.";

export const containerNameOf = (jobId: string, attempt: number) => `job-${jobId}-${attempt}`;
