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
  /** Made once per provider. */
  translator?: (entry: Pick<ProviderEntry, "name" | "baseUrl" | "capabilities">) => Translator;
}

export const providerKinds: Readonly<Record<ProviderKind, KindTraits>> = {
  anthropic: { label: "Anthropic" },
  bridge: { label: "Gemini", isTranslating: true },
  rehearsal: { label: "The rehearsal model", isFree: true },
};
