import type { Secret } from "@freehold/kernel/secret";
import { ModelMap } from "./model-map.ts";
import type { Capabilities, ProviderEntry, ProviderKind, ProviderTimeouts } from "./provider-entry.ts";
import { providerKinds, type Credential, type KindTraits } from "./provider-kinds.ts";
import { StatedPrices } from "./stated-prices.ts";
import type { Translator } from "./translation.ts";

/** One key of a provider: what an attempt is made at. */
export interface Target {
  /** Shape: `<provider>/<key>`, keys counted from 0. */
  name: string;
  provider: Provider;
  /** The headers that carry our credential; asked for at each attempt, never logged. A promise where it must be fetched first. */
  credential(): Credential | Promise<Credential>;
}

/** A service that answers for models. */
export interface Provider {
  name: string;
  kind: ProviderKind;
  traits: KindTraits;
  /** As shown to people. */
  label: string;
  origin: string;
  /** What stands before `/v1` in its addresses; empty for most. */
  basePath: string;
  capabilities: Capabilities;
  models: ModelMap;
  timeouts: ProviderTimeouts;
  prices: StatedPrices;
  /** For a provider that does not speak Anthropic's Messages API. */
  translator: Translator | undefined;
  /** Whether a conversation may hold thinking that was signed elsewhere, which this provider would refuse. */
  meetsForeignThinking: boolean;
  /** Beta values that it has refused, until when they are left out. Units: milliseconds since 1970. */
  refusedBetas: Map<string, number>;
  /** In order of use; none: the provider is not configured. */
  targets: readonly Target[];
}

/** An entry whose keys have been read. */
export type KeyedEntry = Omit<ProviderEntry, "keys" | "timeouts"> & { keys: readonly Secret[]; timeouts: ProviderTimeouts; configured: boolean };

/** Makes the providers, in order of priority. */
export function createProviders(entries: readonly KeyedEntry[]): Provider[] {
  const enabled = entries.filter((entry) => entry.enabled).toSorted((one, other) => one.priority - other.priority);
  const isMarked = enabled.some((entry) => providerKinds[entry.kind].marksThinking === true);
  return enabled.map((entry) => createProvider(entry, isMarked));
}

function createProvider(entry: KeyedEntry, isMarked: boolean): Provider {
  const { name, kind, label, baseUrl, capabilities, models, timeouts, keys, auth } = entry;
  const traits = providerKinds[kind];
  const url = new URL(baseUrl);
  const provider: Provider = {
    name,
    kind,
    traits,
    label: label ?? traits.label,
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ""),
    capabilities,
    models: new ModelMap({ aliases: models.aliases, only: models.only }),
    timeouts,
    prices: new StatedPrices(entry.prices),
    translator: traits.translator?.(entry),
    meetsForeignThinking: isMarked && traits.marksThinking !== true,
    refusedBetas: new Map(),
    targets: [],
  };
  if (!entry.configured) return provider;
  const sent = auth ?? traits.auth;
  const credentials = keys.length === 0 ? [() => []] : keys.map((key) => traits.credential?.(entry, key) ?? fixed(key, sent));
  provider.targets = credentials.map((credential, index) => ({ name: `${name}/${index}`, provider, credential }));
  return provider;
}

function fixed(key: Secret, sent: KindTraits["auth"]): () => Credential {
  const credential: Credential = [sent === "bearer" ? ["authorization", `Bearer ${key.reveal()}`] : ["x-api-key", key.reveal()]];
  return () => credential;
}
