import { asText } from "@freehold/kernel/text";
import { isText, isToolResult, isToolUse, toBlocks, type Block, type MessagesRequest } from "./request.ts";

/** What came of one tool call. */
export interface Outcome {
  name: string;
  input: unknown;
  isError: boolean;
  text: string;
}

/** A prompt of the user and the tool calls that followed it. */
export interface Round {
  prompt: string;
  outcomes: Outcome[];
}

/** The conversation as rounds, oldest first; reminders and interruptions that the client writes into user messages are no prompts. */
export function roundsOf(request: MessagesRequest): Round[] {
  const rounds: Round[] = [];
  const calls = new Map<string, { name: string; input: unknown }>();
  for (const message of request.messages) {
    const blocks = toBlocks(message.content);
    if (message.role === "assistant") for (const block of blocks.filter(isToolUse)) calls.set(block.id, block);
    if (message.role !== "user") continue;
    for (const block of blocks.filter(isToolResult)) rounds.at(-1)?.outcomes.push(outcomeOf(block, calls.get(block.tool_use_id)));
    const prompt = authoredText(blocks);
    if (prompt !== "") rounds.push({ prompt, outcomes: [] });
  }
  return rounds;
}

function outcomeOf(block: Extract<Block, { type: "tool_result" }>, call: { name: string; input: unknown } | undefined): Outcome {
  return { name: call?.name ?? "", input: call?.input, isError: block.is_error === true, text: resultText(block.content) };
}

function resultText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((block: { text?: unknown; type?: unknown }) => (typeof block?.text === "string" ? block.text : `(${asText(block?.type ?? "nothing")})`))
    .join("\n");
}

const authoredText = (blocks: Block[]): string =>
  blocks
    .filter(isText)
    .map((block) => withoutReminders(block.text))
    .filter((text) => text !== "" && !/^\[Request interrupted by user[^\]]*\]$/.test(text))
    .join("\n")
    .trim();

const withoutReminders = (text: string): string => text.replace(/<system-reminder>[\s\S]*?(<\/system-reminder>|$)/g, "").trim();

/**
 * The client's working directory as Claude Code states it in its system text, the newest statement first.
 * Source: Claude Code 2.1.329, "Primary working directory:"; earlier releases wrote "Working directory:".
 */
export function workingDirectoryOf(request: MessagesRequest): string | undefined {
  const texts = [
    ...toBlocks(request.system ?? [])
      .filter(isText)
      .map((block) => block.text),
    ...request.messages.flatMap((message) => systemTexts(message.role, toBlocks(message.content))),
  ];
  const stated = texts.flatMap((text) => [...text.matchAll(/working directory:[ \t]*(\/[^\r\n]*)/gi)].map((match) => match[1]?.trim()));
  return stated.at(-1);
}

/** A user's own words are not believed about the working directory, only what the client says around them. */
function systemTexts(role: string, blocks: Block[]): string[] {
  const texts = blocks.filter(isText).map((block) => block.text);
  if (role === "system") return texts;
  return role === "user" ? texts.flatMap((text) => text.match(/<system-reminder>[\s\S]*?(<\/system-reminder>|$)/g) ?? []) : [];
}
