/** What has come of a model's answer so far. Units: tokens. */
export interface Answer {
  model: string | undefined;
  text: string;
  thinking: string;
  inputTokens: number;
  outputTokens: number;
  stopReason: string | undefined;
  /** What the model's side said went wrong in the middle. */
  problem: string | undefined;
  isWhole: boolean;
}

export const noAnswer: Answer = {
  model: undefined,
  text: "",
  thinking: "",
  inputTokens: 0,
  outputTokens: 0,
  stopReason: undefined,
  problem: undefined,
  isWhole: false,
};

interface Usage {
  input_tokens?: number;
  cache_read_input_tokens?: number;
  cache_creation_input_tokens?: number;
  output_tokens?: number;
}

/** The events of the Messages API that are shown; others are passed over, since new ones may come. */
type MessageEvent =
  | { type: "message_start"; message: { model?: string; usage?: Usage } }
  | { type: "content_block_delta"; delta: { type: string; text?: string; thinking?: string } }
  | { type: "message_delta"; delta: { stop_reason?: string | null }; usage?: Usage }
  | { type: "message_stop" }
  | { type: "error"; error?: { message?: string } };

/** Takes the text of a stream, cut anywhere, and adds its whole events to the answer. */
export function createReader(): { read(chunk: string): Answer } {
  let rest = "";
  let answer = noAnswer;
  return {
    read(chunk) {
      const blocks = (rest + chunk).split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? "";
      for (const block of blocks) answer = withEvent(answer, eventOf(block));
      return answer;
    },
  };
}

function eventOf(block: string): MessageEvent | undefined {
  const data = block
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trimStart())
    .join("\n");
  try {
    return data === "" ? undefined : (JSON.parse(data) as MessageEvent);
  } catch {
    return undefined;
  }
}

function withEvent(answer: Answer, event: MessageEvent | undefined): Answer {
  switch (event?.type) {
    case "message_start":
      return { ...answer, model: event.message.model, ...tokensOf(event.message.usage, answer) };
    case "content_block_delta":
      return { ...answer, text: answer.text + (event.delta.text ?? ""), thinking: answer.thinking + (event.delta.thinking ?? "") };
    case "message_delta":
      return { ...answer, stopReason: event.delta.stop_reason ?? undefined, ...tokensOf(event.usage, answer) };
    case "message_stop":
      return { ...answer, isWhole: true };
    case "error":
      return { ...answer, problem: event.error?.message ?? "The answer ended with an error that says nothing more." };
    default:
      return answer;
  }
}

/** Later counts take the place of earlier ones; a part that isn't told stays. */
function tokensOf(usage: Usage | undefined, before: Answer): Pick<Answer, "inputTokens" | "outputTokens"> {
  if (usage === undefined) return before;
  const input =
    usage.input_tokens === undefined ? undefined : usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
  return { inputTokens: input ?? before.inputTokens, outputTokens: usage.output_tokens ?? before.outputTokens };
}
