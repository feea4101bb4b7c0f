import type { GatewaySettings } from "./config.ts";
import type { Translator } from "./translation.ts";

/** One key of a provider: what an attempt is made at. */
export interface Target {
  provider: Provider;
  /** Which of the provider's keys, from 0. */
  keyIndex: number;
}

/** A service that answers Anthropic's Messages API. */
export interface Provider {
  name: string;
  /** As shown to people. */
  label: string;
  configured: boolean;
  origin: string;
  /** What stands before `/v1` in its addresses; empty for most. */
  basePath: string;
  /** The headers that carry our credential; read at each request, never logged. */
  credential(): readonly [string, string][];
  /** For a provider that does not speak Anthropic's Messages API. */
  translator?: Translator;
}

/** All providers in order of priority. */
export function createProviders(settings: GatewaySettings): Provider[] {
  const key = settings.ANTHROPIC_API_KEY;
  return [
    {
      name: "anthropic",
      label: "Anthropic",
      configured: key !== undefined,
      ...place(settings.ANTHROPIC_BASE_URL),
      credential: () => (key === undefined ? [] : [["x-api-key", key.reveal()]]),
    },
    { name: "rehearsal", label: "The rehearsal model", configured: true, ...place(settings.REHEARSAL_URL), credential: () => [] },
  ];
}

/** The providers that may be tried for a request, the first one first. */
export const candidates = (providers: readonly Provider[]): Provider[] => providers.filter((provider) => provider.configured);

/** The one that answers now: the rehearsal model is always configured, so there is one. */
export function activeProvider(providers: readonly Provider[]): Provider {
  const [first] = candidates(providers);
  if (first === undefined) throw new RangeError("No provider is configured.");
  return first;
}

function place(address: string): { origin: string; basePath: string } {
  const url = new URL(address);
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, "") };
}
