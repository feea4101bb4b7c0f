import type { Settings } from "./settings.ts";

/** A variable of the environment for one run: names of resources that the state lacks, with commas between. The program then does nothing but look for them. */
export const adoptVariable = "FREEHOLD_ADOPT";

/** A variable of the environment for one run, too: the program is the machine's network and nothing else, for a claim. */
export const networkVariable = "FREEHOLD_NETWORK_ALONE";

/** Components of a home in the clouds, and what of each is found again there by a name of its own. Shape: `type::name` → names of resources. */
type Parts = Readonly<Record<string, readonly string[]>>;

const everywhere: Parts = {
  "freehold:oracle:Network::network": ["network-vcn", "network-gateway", "network-subnet"],
  "freehold:oracle:Machine::machine": ["machine-data", "machine-address"],
  "freehold:oracle:Guard::guard": ["guard-quota", "guard-budget", "guard-topic"],
  "freehold:oracle:Storage::storage": ["storage-bucket", "storage-cleaning", "storage-user", "storage-group", "storage-member", "storage-access"],
  "freehold:cloudflare:Names::names": ["names-wildcard"],
};
const withMachine: Parts = { "freehold:oracle:Machine::machine": ["machine-vm", "machine-attachment"] };
const withGoogle: Parts = { "freehold:google:Backups::offsite": ["offsite-bucket", "offsite-writer", "offsite-keeper"] };

/**
 * What of a home the clouds may have although the state does not: an answer was lost, the state was, or the owner kept it. Made again,
 * it would be there twice, or be refused for its name.
 */
export function adoptableParts({ place, oracle, cloudflare }: Settings): { component: string; name: string }[] {
  if (place !== "oracle" || oracle === undefined) return [];
  const parts = [everywhere, ...(oracle.running ? [withMachine] : []), ...(cloudflare?.r2AccountId === undefined ? [withGoogle] : [])];
  return parts.flatMap((some) => Object.entries(some).flatMap(([component, names]) => names.map((name) => ({ component, name }))));
}

/** Those that a state lacks. Shape: `urns` end with `::<name>`. */
export function missingParts(settings: Settings, urns: readonly string[]): { component: string; name: string }[] {
  const known = new Set(urns.map((urn) => urn.split("::").at(-1)));
  return adoptableParts(settings).filter(({ name }) => !known.has(name));
}
