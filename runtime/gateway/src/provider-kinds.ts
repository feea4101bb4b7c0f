import { chatProfileOf } from "./openai/egress/profile.ts";
import { createChatTranslator } from "./openai/egress/translator.ts";
import type { ProviderEntry, ProviderKind } from "./provider-entry.ts";
import type { Translator } from "./translation.ts";

/** What sets a kind of provider apart. */
export interface KindTraits {
  label: string;
  /** Costs nothing, whatever the model is called. */
  isFree?: true;
  /**
   * It puts requests into another API's words: its 400 may speak of what that API can't do, so that the next provider is asked. Where it speaks Messages itself,
   * as the bridge does, it has no translator here.
   */
  isTranslating?: true;
  /** How a key is sent, unless the entry says otherwise. */
  auth: NonNullable<ProviderEntry["auth"]>;
  /** Whether its thinking is signed by marks of ours, which Anthropic would refuse. */
  marksThinking?: true;
  /** Made once per provider. */
  translator?: (entry: Pick<ProviderEntry, "name" | "baseUrl" | "capabilities" | "chat">) => Translator;
}

export const providerKinds: Readonly<Record<ProviderKind, KindTraits>> = {
  anthropic: { label: "Anthropic", auth: "x-api-key" },
  bridge: { label: "Gemini", isTranslating: true, auth: "x-api-key", marksThinking: true },
  openai: {
    label: "The OpenAI-compatible provider",
    isTranslating: true,
    auth: "bearer",
    marksThinking: true,
    translator: ({ chat }) => createChatTranslator(chatProfileOf(chat)),
  },
  rehearsal: { label: "The rehearsal model", isFree: true, auth: "x-api-key" },
};
