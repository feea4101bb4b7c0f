/** What a schedule starts: a task for Claude Code, or a command in a job's container. */
export type Work = PromptWork | CommandWork;

export interface PromptWork {
  kind: "prompt";
  prompt: string;
  model?: string;
}

export interface CommandWork {
  kind: "command";
  argv: string[];
  environment: Record<string, string>;
}

const ownFlags = new Set(["-p", "--print", "--verbose"]);

/**
 * A command that only hands Claude Code a prompt becomes a task of the home, with all that tasks have: a session to resume, the result, its
 * cost. Any other stays the command that it is.
 */
export function workOf(argv: readonly string[], environment: Record<string, string>): Work {
  const command: CommandWork = { kind: "command", argv: [...argv], environment };
  const [program, ...rest] = argv;
  if (program !== "claude" || Object.keys(environment).length > 0) return command;
  const words: string[] = [];
  let model: string | undefined;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? "";
    if (word === "--model") model = rest[++at];
    else if (!ownFlags.has(word)) words.push(word);
  }
  const [prompt = ""] = words;
  const prints = rest.includes("-p") || rest.includes("--print");
  if (!prints || words.length !== 1 || prompt.trim() === "" || prompt.startsWith("-")) return command;
  return { kind: "prompt", prompt, ...(model === undefined ? {} : { model }) };
}
