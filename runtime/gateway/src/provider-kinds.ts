import { antigravityRisk } from "./antigravity-options.ts";
import type { Secret } from "@freehold/kernel/secret";
import { CopilotAccess } from "./copilot/access-token.ts";
import { sendJson } from "./copilot/http.ts";
import { copilotRisk } from "./copilot/options.ts";
import { createCopilotTranslator } from "./copilot/translator.ts";
import { chatProfileOf } from "./openai/egress/profile.ts";
import { createChatTranslator } from "./openai/egress/translator.ts";
import type { ProviderEntry, ProviderKind } from "./provider-entry.ts";
import type { Translator } from "./translation.ts";

/** The headers that carry a key. Shape: names and values. */
export type Credential = readonly (readonly [string, string])[];

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
  /** What its owner must know, since using it can break the terms of who offers it; it is then said at each start. */
  risk?: string;
  /** Made once per key, where a key is not sent as it is. */
  credential?: (entry: Pick<ProviderEntry, "copilot">, key: Secret) => () => Credential | Promise<Credential>;
  /** Made once per provider. */
  translator?: (entry: Pick<ProviderEntry, "name" | "baseUrl" | "capabilities" | "chat" | "copilot">) => Translator;
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
  copilot: {
    label: "GitHub Copilot",
    isTranslating: true,
    auth: "bearer",
    marksThinking: true,
    risk: copilotRisk,
    credential: ({ copilot }, githubToken) => {
      const access = new CopilotAccess({ githubToken, githubApiUrl: copilot?.githubApiUrl ?? "https://api.github.com", send: sendJson, now: Date.now });
      const bearer = (token: string): Credential => [["authorization", `Bearer ${token}`]];
      return () => {
        const token = access.token();
        return typeof token === "string" ? bearer(token) : token.then(bearer);
      };
    },
    translator: ({ copilot }) => createCopilotTranslator(copilot),
  },
  antigravity: { label: "Antigravity", isTranslating: true, auth: "x-api-key", marksThinking: true, risk: antigravityRisk },
  rehearsal: { label: "The rehearsal model", isFree: true, auth: "x-api-key" },
};
