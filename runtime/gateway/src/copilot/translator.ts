import type { IncomingHttpHeaders } from "node:http";
import { withoutForeignThinking } from "../body-rewrite.ts";
import type { Call } from "../call.ts";
import { chatProfiles } from "../openai/egress/profile.ts";
import { createChatTranslator } from "../openai/egress/translator.ts";
import { attempt, invalid } from "../openai/wire/fault.ts";
import { isTooDeep } from "../openai/wire/fields.ts";
import { parseFields } from "../openai/wire/splice.ts";
import type { AnswerTranslation, Translator } from "../translation.ts";
import { initiatorOf, toCopilotMessages } from "./messages.ts";
import type { CopilotOptions } from "./options.ts";

/** Claude's models have a Messages endpoint there, which keeps thinking and caching; the others speak Chat Completions. */
const isNative = (model: string | undefined): boolean => model?.startsWith("claude-") === true;

const images = /"type"\s*:\s*"(?:image|image_url)"/;

/** Speaks to GitHub Copilot, under the gateway's own name. */
export function createCopilotTranslator(options: Pick<CopilotOptions, "integrationId"> | undefined): Translator {
  const chat = createChatTranslator(chatProfiles.generic);
  const native = new WeakMap<Call, readonly string[]>();
  return {
    request(call, model) {
      const headers = headersFor(call, options?.integrationId);
      if (call.route.name !== "messages" || !isNative(model)) {
        const wire = chat.request(call, model);
        return "headers" in wire ? { ...wire, headers: [...wire.headers, ...headers] } : wire;
      }
      if (call.origin?.untranslatable !== undefined) return { refused: call.origin.untranslatable };
      return attempt(() => {
        const given = parseFields(withoutForeignThinking(call.body));
        if (given === undefined || isTooDeep(given)) throw invalid("body", "must be a JSON object that does not nest too deeply");
        const { request, ignored } = toCopilotMessages(given, model ?? "");
        native.set(call, ignored);
        return { method: "POST" as const, path: "/v1/messages", headers: [...nativeHeaders, ...headers], body: Buffer.from(JSON.stringify(request)) };
      });
    },
    answer(call, head) {
      const ignored = native.get(call);
      return ignored === undefined ? chat.answer(call, head) : unchanged(head, ignored);
    },
  };
}

const ourselves = [
  "editor-version",
  "freehold/1.0",
  "editor-plugin-version",
  "freehold-gateway/1.0",
  "x-github-api-version",
  "2025-04-01",
  "openai-intent",
  "conversation-agent",
];
const nativeHeaders = ["content-type", "application/json", "accept-encoding", "identity", "anthropic-version", "2023-06-01"];

function headersFor({ body, route }: Call, integrationId: string | undefined): string[] {
  const given = route.hasBody ? (parseFields(body) ?? {}) : {};
  const headers = ["x-initiator", initiatorOf(given), ...ourselves];
  if (images.test(body.toString("latin1"))) headers.push("copilot-vision-request", "true");
  if (integrationId !== undefined) headers.push("copilot-integration-id", integrationId);
  return headers;
}

/** Anthropic's own answer; of the headers only those that say something of the answer. */
function unchanged({ status, headers }: { status: number; headers: IncomingHttpHeaders }, ignored: readonly string[]): AnswerTranslation {
  const told: IncomingHttpHeaders = {};
  for (const name of ["content-type", "content-encoding", "retry-after"]) if (headers[name] !== undefined) told[name] = headers[name];
  const id = headers["request-id"] ?? headers["x-request-id"];
  if (id !== undefined) told["request-id"] = id;
  if (ignored.length > 0) told["x-freehold-ignored"] = ignored.join(", ");
  return { status, headers: told, data: (chunk) => chunk, end: () => undefined };
}
