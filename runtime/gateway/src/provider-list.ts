import { AppError } from "@freehold/kernel/errors";
import { Secret } from "@freehold/kernel/secret";
import { antigravityRisk } from "./antigravity-options.ts";
import type { GatewaySettings } from "./config.ts";
import type { KeyedEntry } from "./provider.ts";
import { providerEntry, type KeySource, type ProviderEntry, type ProviderKind, type ProviderTimeouts } from "./provider-entry.ts";

/** Reads what stands in an environment variable or in a file. Throws: when the file can't be read. */
export interface SecretSources {
  environment: Readonly<Record<string, string | undefined>>;
  readFile: (path: string) => string;
}

/** The providers that the document lists, else those that the settings name. Throws: AppError `config.invalid`. */
export function listProviders(settings: GatewaySettings, sources: SecretSources): KeyedEntry[] {
  const listed = settings.GATEWAY_CONFIG.providers;
  const entries = listed === undefined ? standardEntries(settings) : listed.map((entry) => withKeys(entry, sources));
  if (!entries.some((entry) => entry.enabled))
    throw new AppError("config.invalid", "No provider is enabled in the configuration document; enable one of them.");
  return entries.map((entry) => ({ ...entry, timeouts: timeoutsOf(settings, entry) }));
}

/** Where a home has it. */
const standardRehearsalUrl = "http://model:4020";

type ReadEntry = Omit<KeyedEntry, "timeouts"> & Pick<ProviderEntry, "timeouts">;

/** Anthropic, then the bridge, then Antigravity where its risk is accepted. The rehearsal model answers only where nothing else is configured: as a stand-in it would make failures look like successes. */
function standardEntries(settings: GatewaySettings): ReadEntry[] {
  const { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, BRIDGE_URL, BRIDGE_TOKEN, REHEARSAL_URL } = settings;
  const { ANTIGRAVITY, ANTIGRAVITY_URL, ANTIGRAVITY_TOKEN } = settings;
  if (ANTIGRAVITY_URL !== undefined && ANTIGRAVITY === undefined)
    throw new AppError("config.invalid", `ANTIGRAVITY_URL is set without ANTIGRAVITY=accept-risk, which says that you know: ${antigravityRisk}`);
  const entry = (name: ProviderKind, baseUrl: string, { key, configured }: { key?: Secret | undefined; configured: boolean }): ReadEntry => ({
    ...providerEntry.parse({ name, kind: name, baseUrl, ...(name === "antigravity" && { antigravity: { acceptRisk: true } }) }),
    keys: key === undefined ? [] : [key],
    configured,
  });
  const real = [
    entry("anthropic", ANTHROPIC_BASE_URL, { key: ANTHROPIC_API_KEY, configured: ANTHROPIC_API_KEY !== undefined }),
    ...(BRIDGE_URL === undefined ? [] : [entry("bridge", BRIDGE_URL, { key: BRIDGE_TOKEN, configured: true })]),
    ...(ANTIGRAVITY_URL === undefined ? [] : [entry("antigravity", ANTIGRAVITY_URL, { key: ANTIGRAVITY_TOKEN, configured: true })]),
  ];
  return real.some((one) => one.configured) ? real : [...real, entry("rehearsal", REHEARSAL_URL ?? standardRehearsalUrl, { configured: true })];
}

function withKeys(entry: ProviderEntry, sources: SecretSources): ReadEntry {
  return { ...entry, configured: true, keys: entry.enabled ? entry.keys.map((source) => readKey(entry.name, source, sources)) : [] };
}

function readKey(provider: string, { env, file, value }: KeySource, { environment, readFile }: SecretSources): Secret {
  const text = value ?? (env === undefined ? readFile(file as string) : (environment[env] ?? ""));
  const key = text.trim();
  if (/^[\x21-\x7e]+$/.test(key)) return new Secret(key);
  const from = value === undefined ? (env === undefined ? `the file ${file}` : `the variable ${env}`) : "the document";
  throw new AppError("config.invalid", `A key of the provider ${provider} comes from ${from}, which holds no key. Put one there, or take the entry out.`);
}

const timeoutsOf = (settings: GatewaySettings, { timeouts }: ReadEntry): ProviderTimeouts => ({
  connectMs: timeouts.connectMs ?? settings.UPSTREAM_CONNECT_TIMEOUT_MS,
  firstByteMs: timeouts.firstByteMs ?? settings.UPSTREAM_FIRST_BYTE_TIMEOUT_MS,
  idleMs: timeouts.idleMs ?? settings.UPSTREAM_IDLE_TIMEOUT_MS,
  answerMs: timeouts.answerMs ?? settings.UPSTREAM_ANSWER_TIMEOUT_MS,
});
